import { call } from '../../client/call'
import { say } from '../../client/trouble'
import { limitTyped, rolesIn, type Role } from '../../plain/members'
import { preferences } from '../../preferences'
import { dress, look } from '../../screen'
import { fill } from '../../words/words'

type Change = WechatMiniprogram.CustomEvent<{ value: string }>
const HOURS = ['24', '72', '168'] as const

/** Invite one more person: as what, how much a month, for how long. The code is shown once. One request. */
Page({
  data: {
    ...look('title_invite'), holder: 0, roles: rolesIn(preferences.words), spans: [] as { value: string; label: string }[], name: '', role: 'payer' as Role,
    hours: '72' as (typeof HOURS)[number], limit: '', fault: '', notice: '', busy: false, code: '', link: '', picture: '', doneText: '',
  },
  onLoad(query: { holder?: string }) {
    this.setData({ holder: Number(query.holder ?? 0) })
  },
  onShow() {
    dress(this)
    const t = preferences.words
    this.setData({ roles: rolesIn(t), spans: HOURS.map((value) => ({ value, label: t[`invite_hours_${value}`] })) })
  },
  onName(event: Change) {
    this.setData({ name: event.detail.value })
  },
  onRole(event: WechatMiniprogram.CustomEvent<{ value: Role }>) {
    this.setData({ role: event.detail.value, fault: '' })
  },
  onHours(event: WechatMiniprogram.CustomEvent<{ value: (typeof HOURS)[number] }>) {
    this.setData({ hours: event.detail.value })
  },
  onLimit(event: Change) {
    this.setData({ limit: event.detail.value, fault: '' })
  },
  async onMake() {
    const [t, { holder, role, hours, busy }] = [preferences.words, this.data]
    const { limit, unfit } = limitTyped(role, this.data.limit)
    if (busy) return
    if (unfit) return this.setData({ fault: t.member_limit_unfit })
    this.setData({ busy: true, notice: '' })
    try {
      const body = { role, name: this.data.name.trim(), monthly_limit_fen: limit, hours: Number(hours) }
      const { code, link, qr_png: picture } = await call('post', '/api/mp/v1/holders/{holder}/invites', { path: { holder }, body })
      const doneText = fill(t.invite_done_text, { role: t[`role_${role}`], hours: t[`invite_hours_${hours}`] })
      this.setData({ code: `${code.slice(0, 5)}-${code.slice(5)}`, link, picture, doneText })
    } catch (error) {
      const { title, text } = say(error, t)
      this.setData({ notice: text || title })
    } finally {
      this.setData({ busy: false })
    }
  },
  copy(data: string) {
    wx.setClipboardData({ data, success: () => wx.showToast({ title: preferences.words.copied, icon: 'none' }) })
  },
  onCopy() {
    this.copy(this.data.code)
  },
  onCopyLink() {
    this.copy(this.data.link)
  },
  onBack() {
    wx.navigateBack()
  },
})
