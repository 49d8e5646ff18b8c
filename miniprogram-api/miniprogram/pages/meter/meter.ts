import { call } from '../../client/call'
import type { components } from '../../client/schema'
import { faceOf, type Face } from '../../plain/meters'
import { kwh } from '../../plain/money'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { wordsOfMedium } from '../../words/water'
import { fill } from '../../words/words'

type Usage = components['schemas']['Usage']
const DAYS = 30

/** One meter and its use. One request. */
Page({
  data: {
    ...look('title_meter'), reference: '', face: null as Face | null, number: '', role: '', water: false,
    days: [] as Usage['days'], known: false, total: '', average: '', most: '', spoken: '',
  },
  onLoad(query: { reference?: string }) {
    this.setData({ reference: query.reference ?? '' })
  },
  onShow() {
    dress(this)
    void this.load()
  },
  onPullDownRefresh() {
    void this.load()
  },
  load() {
    return fillPage(this, async () => {
      const asked = { path: { reference: this.data.reference }, query: { days: DAYS } }
      const meter = await call('get', '/api/mp/v1/meters/{reference}', asked)
      const { threshold, words } = preferences
      const water = meter.medium === 'water'
      if (water) wx.setNavigationBarTitle({ title: wordsOfMedium(words, meter.medium).title_meter })
      this.setData({ water, face: faceOf(meter, threshold, words), number: meter.number, role: words[`role_${meter.role}`] })
      this.showUsage(meter.usage)
    })
  },
  showUsage(usage: Usage | null) {
    if (!usage || usage.total_wh === null) return this.setData({ known: false })
    const t = preferences.words
    const whole = usage.days.slice(0, -1).flatMap((day) => day.energy_wh ?? [])  // the last one is today
    const mean = whole.reduce((sum, wh) => sum + wh, 0) / whole.length
    const [total, average] = [kwh(usage.total_wh), kwh(whole.length ? Math.floor(mean) : usage.total_wh)]
    const most = kwh(Math.max(...usage.days.map((day) => day.energy_wh ?? 0)))
    this.setData({
      known: true, days: usage.days, spoken: fill(t.usage_spoken, { total, average, most }),
      total: fill(t.usage_total, { n: total }), average: fill(t.usage_average, { n: average }), most: fill(t.usage_most, { n: most }),
    })
  },
  onTopUp() {
    wx.navigateTo({ url: `/pages/top-up/top-up?reference=${this.data.reference}` })
  },
})
