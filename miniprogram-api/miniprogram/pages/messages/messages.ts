import { call } from '../../client/call'
import type { components } from '../../client/schema'
import { ON_PAGE, paged, readFirst, readNext } from '../../paging'
import { ago } from '../../plain/moment'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'

type Item = components['schemas']['MessageView']

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
  data: { ...look('title_messages'), ...paged<Line, number>() },
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

async function read(cursor: number | null) {
  const told = await call('get', '/api/mp/v1/messages', { query: { limit: ON_PAGE, cursor } })
  return { lines: told.items.map(lineOf), cursor: told.next }
}

function lineOf({ id, title, text, at, read, order_no }: Item): Line {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(at)) / 1000))
  return { id, orderNo: order_no ?? '', title, text, when: ago(seconds, preferences.words), unread: !read }
}
