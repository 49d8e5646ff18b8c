import { call } from '../../client/call'
import { byUrgency, faceOf, type Face } from '../../plain/meters'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { wordsOfMedium } from '../../words/water'

type Tap = WechatMiniprogram.TouchEvent<never, never, { reference: string }>
const AGAIN_MS = 30_000
let timer = 0

/** The meter that needs somebody first, large; the others below. One request. */
Page({
  data: { ...look('product'), first: null as Face | null, others: [] as Face[], othersTitle: '' },
  onShow() {
    dress(this)
    void this.load()
    clearInterval(timer)
    timer = setInterval(() => void this.load(), AGAIN_MS)
  },
  onHide() {
    clearInterval(timer)
  },
  onUnload() {
    clearInterval(timer)
  },
  onPullDownRefresh() {
    void this.load()
  },
  load() {
    return fillPage(this, async () => {
      const { meters } = await call('get', '/api/mp/v1/meters', {})
      const { threshold, words } = preferences
      const sorted = byUrgency(meters, threshold)
      const faces = sorted.map((meter) => faceOf(meter, threshold, words))
      const medium = sorted.slice(1).some((meter) => meter.medium === 'water') ? 'water' : 'electricity'
      this.setData({ first: faces[0] ?? null, others: faces.slice(1), othersTitle: wordsOfMedium(words, medium).other_meters })
    })
  },
  onTopUp() {
    wx.navigateTo({ url: `/pages/top-up/top-up?reference=${this.data.first?.reference ?? ''}` })
  },
  onMeter(event: Tap) {
    wx.navigateTo({ url: `/pages/meter/meter?reference=${event.currentTarget.dataset.reference}` })
  },
  onBind() {
    wx.navigateTo({ url: '/pages/bind/bind' })
  },
  onApply() {
    wx.navigateTo({ url: '/pages/apply/apply' })
  },
})
