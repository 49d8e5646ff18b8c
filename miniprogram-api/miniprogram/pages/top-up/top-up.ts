import { call } from '../../client/call'
import { say } from '../../client/trouble'
import { faceOf, type Face } from '../../plain/meters'
import { fenOf, shortYuan, typedOn } from '../../plain/money'
import { drawTap, rememberPaid } from '../../plain/taps'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { fill } from '../../words/words'

const PRESETS = [5000, 10_000, 20_000, 50_000, 100_000, 200_000].map((fen) => ({ fen, label: shortYuan(fen) }))
const DIGITS = 5

/** Choose an amount and pay it. One wish has one tap key until it is paid, however often somebody taps. */
Page({
  data: {
    ...look('title_top_up'), reference: '', face: null as Face | null, presets: PRESETS, typed: '', fen: 0, payLabel: '', busy: false,
    notice: '', noticeTitle: '', tap: '', tapFen: 0,
  },
  onLoad(query: { reference?: string }) {
    this.setData({ reference: query.reference ?? '' })
  },
  onShow() {
    dress(this)
    this.choose(this.data.typed)
    void this.load()
  },
  load() {
    return fillPage(this, async () => {
      const meter = await call('get', '/api/mp/v1/meters/{reference}', { path: { reference: this.data.reference } })
      this.setData({ face: faceOf(meter, preferences.threshold, preferences.words) })
    })
  },
  choose(typed: string) {
    const [fen, t] = [fenOf(typed), preferences.words]
    this.setData({ typed, fen, payLabel: fen < 1 ? t.pay_none : fill(t.pay, { n: shortYuan(fen) }) })
  },
  onPreset(event: WechatMiniprogram.TouchEvent<never, never, { fen: number }>) {
    if (!this.data.busy) this.choose(shortYuan(Number(event.currentTarget.dataset.fen)).replace(/,/g, ''))
  },
  onKey(event: WechatMiniprogram.CustomEvent<{ key: string }>) {
    if (!this.data.busy) this.choose(typedOn(this.data.typed, event.detail.key, DIGITS))
  },
  async onPay() {
    if (this.data.busy || this.data.fen < 1) return
    const fen = this.data.fen
    if (this.data.tapFen !== fen) this.setData({ tap: drawTap(), tapFen: fen })
    this.setData({ busy: true, notice: '', noticeTitle: '' })
    try {
      await this.buy(fen)
    } catch (error) {
      const { title, text } = say(error, preferences.words)
      this.setData({ noticeTitle: title, notice: text })
    } finally {
      this.setData({ busy: false })
    }
  },
  async buy(fen: number) {
    const body = { meter: this.data.reference, amount_fen: fen, tap: this.data.tap }
    const placed = await call('post', '/api/mp/v1/orders', { body })
    const url = `/pages/order/order?order_no=${placed.order_no}`
    if (!placed.pay) return wx.redirectTo({ url })
    const failed = await wx.requestPayment({ ...placed.pay, signType: 'RSA' }).then(() => null, (told: { errMsg: string }) => told)
    const t = preferences.words
    if (failed) return this.setData({ notice: failed.errMsg.includes('cancel') ? t.pay_cancelled : t.pay_failed })
    rememberPaid(placed.order_no)
    this.setData({ tapFen: 0 })
    wx.redirectTo({ url })
  },
})
