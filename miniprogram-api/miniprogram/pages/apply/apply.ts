import { call } from '../../client/call'
import { faultsIn, say, Trouble } from '../../client/trouble'
import { EMPTY, faultsOf, formOf, linesOf, outcomeOf, SOUND, type Form, type Outcome, type Registration } from '../../plain/registrations'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'

type Change = WechatMiniprogram.CustomEvent<{ value: string }, never, { key: keyof Form }>
const AGAIN_MS = 10_000
let timer = 0

/** Apply to be bound, and see what became of it. One request, and one to send. */
Page({
  data: {
    ...look('title_apply'), form: EMPTY, faults: SOUND, phoneCode: '', agreed: false, busy: false,
    notice: '', noticeTitle: '', outcome: null as Outcome | null, sent: [] as { label: string; value: string }[], number: 0, writing: true, reading: false, withdrawing: false,
    canPhone: wx.canIUse('button.open-type.getPhoneNumber'), canContract: wx.canIUse('openPrivacyContract'),
  },
  onShow() {
    dress(this)
    void this.load()
    clearInterval(timer)
    timer = setInterval(() => this.data.outcome?.state === 'waiting' && void this.load(), AGAIN_MS)
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
      const { registrations } = await call('get', '/api/mp/v1/registrations', {})
      if (registrations[0]) this.show(registrations[0])
    })
  },
  /** Show the newest application; what is being written stays, whatever is read meanwhile. */
  show(sent: Registration) {
    const outcome = outcomeOf(sent, preferences.words)
    const known = this.data.number === sent.registration && this.data.outcome?.state === sent.state
    this.setData({ outcome, number: sent.registration, sent: linesOf(sent, preferences.words) })
    if (known) return
    const over = sent.state === 'rejected' || sent.state === 'withdrawn'
    this.setData({ form: over ? formOf(sent) : EMPTY, writing: over, phoneCode: '' })
  },
  onChange(event: Change) {
    const { key } = event.currentTarget.dataset
    this.setData({ form: { ...this.data.form, [key]: event.detail.value }, faults: { ...this.data.faults, [key]: '' }, notice: '' })
  },
  onAgree() {
    this.setData({ agreed: !this.data.agreed, faults: { ...this.data.faults, agreed: '' } })
  },
  onPrivacy() {
    this.setData({ reading: true })
  },
  onContract() {
    wx.openPrivacyContract({})
  },
  onPrivacyYes() {
    this.setData({ agreed: true, reading: false, faults: { ...this.data.faults, agreed: '' } })
  },
  onClose() {
    this.setData({ reading: false, withdrawing: false })
  },
  onPhone({ detail }: WechatMiniprogram.CustomEvent<{ code?: string; errMsg: string }>) {
    const fault = detail.code ? '' : preferences.words.apply_phone_refused
    this.setData({ phoneCode: detail.code ?? '', faults: { ...this.data.faults, phone: fault } })
  },
  onTyped() {
    this.setData({ phoneCode: '' })
  },
  async onSend() {
    const [t, { form, phoneCode, agreed }] = [preferences.words, this.data]
    if (this.data.busy) return
    const faults = faultsOf(form, phoneCode !== '', agreed, t)
    const unfit = Object.keys(EMPTY).some((key) => faults[key as keyof Form]) // perhaps above what is on the screen
    this.setData({ faults, notice: unfit ? t.apply_unfit : '', noticeTitle: '' })
    if (unfit || !agreed) return
    this.setData({ busy: true })
    try {
      const body = { ...form, phone: phoneCode ? '' : form.phone, phone_code: phoneCode }
      this.show(await call('post', '/api/mp/v1/registrations', { body }))
    } catch (error) {
      this.refused(error)
    } finally {
      this.setData({ busy: false, phoneCode: '' }) // it is good once
    }
  },
  /** Say beside each field what is wrong with it, and above the button what is wrong with the whole. */
  refused(error: unknown) {
    const t = preferences.words
    const code = error instanceof Trouble ? (error.problem?.code ?? '') : ''
    const phone = code.startsWith('wechat_code') ? t.apply_phone_stale : code === 'phone_unfit' ? t.apply_phone_unfit : ''
    const faults = { ...SOUND, ...faultsIn(error), ...(phone ? { phone } : {}) }
    const { title, text } = say(error, t)
    const named = Object.keys(EMPTY).some((key) => faults[key as keyof Form])
    this.setData({ faults, noticeTitle: named ? '' : title, notice: named ? t.apply_unfit : text })
    if (code === 'registration_waiting') void this.load()
  },
  onAnother() {
    this.setData({ writing: true })
  },
  onWithdraw() {
    this.setData({ withdrawing: true })
  },
  async onWithdrawYes() {
    if (this.data.busy) return
    this.setData({ busy: true })
    try {
      await call('delete', '/api/mp/v1/registrations/{registration}', { path: { registration: this.data.number } })
    } catch (error) {
      wx.showToast({ title: say(error, preferences.words).text, icon: 'none' })
    } finally {
      this.setData({ busy: false, withdrawing: false })
    }
    await this.load()
  },
  onCode() {
    wx.navigateTo({ url: '/pages/bind/bind' })
  },
  onSee() {
    wx.switchTab({ url: '/pages/start/start' })
  },
})
