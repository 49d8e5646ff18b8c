import { call } from '../../client/call'
import type { components } from '../../client/schema'
import { faceOf, type Face } from '../../plain/meters'
import { cubicMetres, kwh } from '../../plain/money'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { wordsOfMedium } from '../../words/water'
import { fill, type Words } from '../../words/words'

type Usage = components['schemas']['Usage']
const DAYS = 30

/** One meter and its use. One request. */
Page({
  data: {
    ...look('title_meter'), reference: '', face: null as Face | null, number: '', role: '',
    usageTitle: '', usageNone: '', days: [] as Usage['days'], known: false, total: '', average: '', most: '', spoken: '',
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
      const t = wordsOfMedium(words, meter.medium)
      if (meter.medium === 'water') wx.setNavigationBarTitle({ title: t.title_meter })
      this.setData({ usageTitle: t.usage_title, usageNone: t.usage_none, face: faceOf(meter, threshold, words), number: meter.number, role: words[`role_${meter.role}`] })
      this.showUsage(meter.usage, t)
    })
  },
  showUsage(usage: Usage | null, t: Words) {
    if (!usage || usage.total === null) return this.setData({ known: false })
    const written = usage.unit === 'l' ? cubicMetres : kwh
    const whole = usage.days.slice(0, -1).flatMap((day) => day.used ?? [])  // the last one is today
    if (!whole.length && usage.total === 0) return this.setData({ known: false })
    const mean = whole.reduce((sum, used) => sum + used, 0) / whole.length
    const [total, average] = [written(usage.total), written(whole.length ? Math.floor(mean) : usage.total)]
    const most = written(Math.max(...usage.days.map((day) => day.used ?? 0)))
    this.setData({
      known: true, days: usage.days, spoken: fill(t.usage_spoken, { total, average, most }),
      total: fill(t.usage_total, { n: total }), average: fill(t.usage_average, { n: average }), most: fill(t.usage_most, { n: most }),
    })
  },
  onTopUp() {
    wx.navigateTo({ url: `/pages/top-up/top-up?reference=${this.data.reference}` })
  },
})
