import { call } from '../../client/call'
import { byUrgency, faceOf, type Face } from '../../plain/meters'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'

type Tap = WechatMiniprogram.TouchEvent<never, never, { reference: string }>
const AGAIN_MS = 30_000
let timer = 0

/** The meter that needs somebody first, large; the others below. One request. */
Page({
  data: { ...look('product'), first: null as Face | null, others: [] as Face[] },
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
      const faces = byUrgency(meters, threshold).map((meter) => faceOf(meter, threshold, words))
      this.setData({ first: faces[0] ?? null, others: faces.slice(1) })
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
