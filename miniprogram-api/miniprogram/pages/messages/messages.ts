import { call } from '../../client/call'
import type { components } from '../../client/schema'
import { ago } from '../../plain/moment'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'

type Item = components['schemas']['MessageView']
const ON_PAGE = 20

interface Line {
  id: number
  orderNo: string
  title: string
  text: string
  when: string
  unread: boolean
}

/** What was told to this person, the newest first. One request a page. */
Page({
  data: { ...look('title_messages'), lines: [] as Line[], cursor: null as number | null, more: false },
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
  async read(cursor: number | null) {
    const told = await call('get', '/api/mp/v1/messages', { query: { limit: ON_PAGE, ...(cursor ? { cursor } : {}) } })
    const lines = told.items.map(lineOf)
    this.setData({ lines: cursor ? [...this.data.lines, ...lines] : lines, cursor: told.next })
  },
  async onRead(event: WechatMiniprogram.TouchEvent<never, never, { id: number }>) {
    const id = event.currentTarget.dataset.id
    const line = this.data.lines.find((each) => each.id === id)
    if (line?.unread) {
      await fillPage(this, async () => {
        await call('post', '/api/mp/v1/messages/{message}/read', { path: { message: id } })
        this.setData({ lines: this.data.lines.map((each) => (each.id === id ? { ...each, unread: false } : each)) })
      })
    }
    if (line?.orderNo) wx.navigateTo({ url: `/pages/order/order?order_no=${line.orderNo}` })
  },
})

function lineOf({ id, title, text, at, read, order_no }: Item): Line {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(at)) / 1000))
  return { id, orderNo: order_no ?? '', title, text, when: ago(seconds, preferences.words), unread: !read }
}
