import { call } from '../../client/call'
import type { components } from '../../client/schema'
import { faceOf, type Face } from '../../plain/meters'
import { kwh } from '../../plain/money'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { fill } from '../../words/words'

type Day = components['schemas']['DayOfUsage']
const DAYS = 30

/** One meter. Two requests until the API tells a meter and its use in one: the credit shows without waiting for the chart. */
Page({
  data: {
    ...look('title_meter'), reference: '', face: null as Face | null, number: '', role: '',
    days: [] as Day[], usage: 'loading' as 'loading' | 'ready' | 'none' | 'failed', total: '', average: '', most: '', spoken: '',
  },
  onLoad(query: { reference?: string }) {
    this.setData({ reference: query.reference ?? '' })
  },
  onShow() {
    dress(this)
    void this.load()
    void this.loadUsage()
  },
  onPullDownRefresh() {
    void this.load()
    void this.loadUsage()
  },
  load() {
    return fillPage(this, async () => {
      const meter = await call('get', '/api/mp/v1/meters/{reference}', { path: { reference: this.data.reference } })
      const { threshold, words } = preferences
      this.setData({ face: faceOf(meter, threshold, words), number: meter.number, role: words[`role_${meter.role}`] })
    })
  },
  async loadUsage() {
    const asked = { path: { reference: this.data.reference }, query: { days: DAYS } }
    const told = await call('get', '/api/mp/v1/meters/{reference}/usage', asked).catch(() => null)
    if (!told) return this.setData({ usage: 'failed' })
    if (told.total_wh === null) return this.setData({ usage: 'none' })
    const t = preferences.words
    const known = told.days.filter((day) => day.energy_wh !== null).length
    const [total, average] = [kwh(told.total_wh), kwh(Math.floor(told.total_wh / Math.max(1, known)))]
    const most = kwh(Math.max(...told.days.map((day) => day.energy_wh ?? 0)))
    this.setData({
      usage: 'ready', days: told.days, spoken: fill(t.usage_spoken, { total, average, most }),
      total: fill(t.usage_total, { n: total }), average: fill(t.usage_average, { n: average }), most: fill(t.usage_most, { n: most }),
    })
  },
  onTopUp() {
    wx.navigateTo({ url: `/pages/top-up/top-up?reference=${this.data.reference}` })
  },
})
