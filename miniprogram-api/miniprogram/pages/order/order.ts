import { call } from '../../client/call'
import { say, type Said } from '../../client/trouble'
import { minute } from '../../plain/moment'
import { yuan } from '../../plain/money'
import { hasEnded, needsHelp, stepsOf, titleOf, toneOf, wordOf, type Order, type StepLine } from '../../plain/orders'
import { rememberPaid } from '../../plain/taps'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { fill } from '../../words/words'

const FAST_MS = 1000
const SLOW_MS = 5000
const FAST_LOOKS = 20
const HELP_AFTER = 12 // looks: by then WeChat has usually told
const MARKS = { good: '✓', warn: '!', bad: '✕', calm: '…' }
const timers = new Map<string, number>()

/** The way of one payment, followed until it has ended. One request, again and again. */
Page({
  data: {
    ...look('title_order'), orderNo: '', amount: '', room: '', placedAt: '', title: '', text: '', tone: 'calm', mark: '', steps: [] as StepLine[],
    help: false, canPay: false, ended: false, good: false, meter: '', busy: false, notice: '', stale: '', again: false, looks: 0,
  },
  onLoad(query: { order_no?: string }) {
    this.setData({ orderNo: query.order_no ?? '' })
  },
  onShow() {
    dress(this)
    void this.follow()
  },
  onHide() {
    this.rest()
  },
  onUnload() {
    this.rest()
  },
  onPullDownRefresh() {
    void this.follow()
  },
  rest() {
    clearTimeout(timers.get(this.data.orderNo) ?? 0)
    timers.delete(this.data.orderNo)
  },
  async follow() {
    this.rest()
    await this.load()
    if (this.data.ended || this.data.phase === 'trouble') return
    const looks = this.data.looks + 1
    this.setData({ looks })
    timers.set(this.data.orderNo, setTimeout(() => void this.follow(), looks < FAST_LOOKS ? FAST_MS : SLOW_MS))
  },
  load() {
    const read = async () => {
      this.show(await call('get', '/api/mp/v1/orders/{order_no}', { path: { order_no: this.data.orderNo } }))
      this.setData({ stale: '' })
    }
    const missed = ({ title }: Said) => this.setData({ stale: `${title}${preferences.words.order_stale}` })
    return fillPage(this, read, missed)
  },
  show(order: Order) {
    const t = preferences.words
    const confirming = wordOf(order) === 'confirming'
    const tone = toneOf(order)
    const waited = confirming && this.data.looks >= HELP_AFTER
    const supplied = order.timeline.some((step) => step.step === 'supply_on' && step.done)
    this.setData({
      amount: yuan(order.amount_fen), room: order.room, placedAt: minute(order.placed_at), meter: order.meter,
      title: titleOf(order, t), tone, mark: MARKS[tone], steps: stepsOf(order, t),
      text: this.textOf(order, waited),
      help: needsHelp(order) || waited,
      canPay: order.can_pay && !confirming,
      good: order.message === 'credited',
      again: order.message === 'closed' || (order.message === 'expired' && !confirming),
      ended: hasEnded(order) && (order.message !== 'credited' || supplied || this.data.looks > FAST_LOOKS),
    })
  },
  textOf(order: Order, waited: boolean): string {
    const t = preferences.words
    if (wordOf(order) === 'confirming') return waited ? t.order_confirming_help : t.order_confirming_text
    return order.can_pay ? fill(t.order_waiting_text, { time: minute(order.expires_at) }) : order.message_text
  },
  async onPay() {
    if (this.data.busy) return
    this.setData({ busy: true, notice: '' })
    const t = preferences.words
    try {
      const { pay } = await call('post', '/api/mp/v1/orders/{order_no}/pay', { path: { order_no: this.data.orderNo } })
      if (!pay) return this.setData({ notice: t.pay_nothing })
      const failed = await wx.requestPayment({ ...pay, signType: 'RSA' }).then(() => null, (told: { errMsg: string }) => told)
      if (failed) return this.setData({ notice: failed.errMsg.includes('cancel') ? t.pay_cancelled : t.pay_failed })
      rememberPaid(this.data.orderNo)
      this.setData({ looks: 0 })
      await this.follow()
    } catch (error) {
      this.setData({ notice: say(error, t).text })
    } finally {
      this.setData({ busy: false })
    }
  },
  onAgain() {
    wx.redirectTo({ url: `/pages/top-up/top-up?reference=${this.data.meter}` })
  },
  onHome() {
    wx.switchTab({ url: '/pages/start/start' })
  },
  onCopy() {
    wx.setClipboardData({ data: this.data.orderNo, success: () => wx.showToast({ title: preferences.words.copied, icon: 'none' }) })
  },
})
