import { call } from '../../client/call'
import { say } from '../../client/trouble'
import { inviteIn } from '../../plain/invites'
import { preferences } from '../../preferences'
import { dress, look } from '../../screen'
import { fill } from '../../words/words'

/** Bind oneself by invite code: typed, scanned, or brought along by a link (code) or a mini-program code (scene, q). */
Page({
  data: { ...look('title_bind'), code: '', busy: false, noticeTitle: '', notice: '', done: '', canScan: wx.canIUse('scanCode') },
  onLoad(query: { code?: string; scene?: string; q?: string }) {
    this.setData({ code: inviteIn(query.code ?? query.scene ?? query.q ?? '') })
  },
  onShow() {
    dress(this)
  },
  onInput(event: WechatMiniprogram.Input) {
    this.setData({ code: event.detail.value, notice: '', noticeTitle: '' })
  },
  async onScan() {
    const told = await wx.scanCode({}).catch(() => null)
    if (!told) return
    const code = inviteIn(told.result)
    if (code) this.setData({ code, notice: '', noticeTitle: '' })
    else this.setData({ notice: preferences.words.bind_scan_empty, noticeTitle: '' })
  },
  async onBind() {
    const t = preferences.words
    const code = this.data.code.trim()
    if (this.data.busy) return
    if (!code) return this.setData({ notice: t.bind_empty, noticeTitle: '' })
    this.setData({ busy: true, notice: '', noticeTitle: '' })
    try {
      const bound = await call('post', '/api/mp/v1/bindings', { body: { code } })
      this.setData({ done: fill(t.bind_done_text, { name: bound.name }) })
    } catch (error) {
      const { title, text } = say(error, t)
      this.setData({ noticeTitle: title, notice: text })
    } finally {
      this.setData({ busy: false })
    }
  },
  onApply() {
    wx.navigateTo({ url: '/pages/apply/apply' })
  },
  onSee() {
    wx.switchTab({ url: '/pages/start/start' })
  },
})
