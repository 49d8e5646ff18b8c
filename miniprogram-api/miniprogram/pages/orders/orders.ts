import { call } from '../../client/call'
import { ON_PAGE, paged, readFirst, readNext } from '../../paging'
import { lineOf, type OrderLine } from '../../plain/orders'
import { preferences } from '../../preferences'
import { dress, look } from '../../screen'

/** Every top-up of the holders somebody is bound to, the newest first. One request a page. */
Page({
  data: { ...look('title_orders'), ...paged<OrderLine, string>() },
  onShow() {
    dress(this)
    void this.load()
  },
  onPullDownRefresh() {
    void this.load()
  },
  load() {
    return readFirst(this, read)
  },
  onReachBottom() {
    void readNext(this, read)
  },
  onOrder(event: WechatMiniprogram.TouchEvent<never, never, { no: string }>) {
    wx.navigateTo({ url: `/pages/order/order?order_no=${event.currentTarget.dataset.no}` })
  },
  onHome() {
    wx.switchTab({ url: '/pages/start/start' })
  },
})

async function read(cursor: string | null) {
  const told = await call('get', '/api/mp/v1/orders', { query: { limit: ON_PAGE, cursor } })
  return { lines: told.orders.map((order) => lineOf(order, preferences.words)), cursor: told.next_cursor }
}
