import { call } from '../../client/call'
import { lineOf, type OrderLine } from '../../plain/orders'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'

const ON_PAGE = 20

/** Every top-up of the holders somebody is bound to, the newest first. One request a page. */
Page({
  data: { ...look('title_orders'), lines: [] as OrderLine[], cursor: null as string | null, more: false },
  onShow() {
    dress(this)
    void this.load()
  },
  onPullDownRefresh() {
    void this.load()
  },
  load() {
    return fillPage(this, () => this.read(null))
  },
  onReachBottom() {
    if (this.data.cursor === null || this.data.more) return
    this.setData({ more: true })
    void fillPage(this, () => this.read(this.data.cursor)).then(() => this.setData({ more: false }))
  },
  async read(cursor: string | null) {
    const told = await call('get', '/api/mp/v1/orders', { query: { limit: ON_PAGE, ...(cursor ? { cursor } : {}) } })
    const lines = told.orders.map((order) => lineOf(order, preferences.words))
    this.setData({ lines: cursor ? [...this.data.lines, ...lines] : lines, cursor: told.next_cursor })
  },
  onOrder(event: WechatMiniprogram.TouchEvent<never, never, { no: string }>) {
    wx.navigateTo({ url: `/pages/order/order?order_no=${event.currentTarget.dataset.no}` })
  },
  onHome() {
    wx.switchTab({ url: '/pages/start/start' })
  },
})
