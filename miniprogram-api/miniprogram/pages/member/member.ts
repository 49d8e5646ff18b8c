import { call } from '../../client/call'
import { say, Trouble } from '../../client/trouble'
import { limitTyped, rolesIn, spentOf, type Role } from '../../plain/members'
import { shortYuan } from '../../plain/money'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { fill } from '../../words/words'

type Change = WechatMiniprogram.CustomEvent<{ value: string }>

/** One member, to their owner: role, name, monthly limit; handing over, removing. One request, and one a change. */
Page({
  data: {
    ...look('title_member'), number: 0, holder: 0, myself: false, called: '', spent: '', roles: rolesIn(preferences.words), name: '', role: 'payer' as Role, limit: '', fault: '',
    notice: '', busy: false, handing: false, handText: '', removing: false, removeText: '',
  },
  onLoad(query: { number?: string }) {
    this.setData({ number: Number(query.number ?? 0) })
  },
  onShow() {
    dress(this)
    void this.load()
  },
  load() {
    return fillPage(this, async () => {
      const { acting_for: here, holders, members } = await call('get', '/api/mp/v1/me/holder', {})
      const found = members?.find((each) => each.member === this.data.number)
      if (!found || !here) throw new Trouble('missing')
      const t = preferences.words
      const { name, role, monthly_limit_fen: fen, spent_fen: spent } = found
      const told = { name: name || t.members_unnamed, holder: holders.find((each) => each.holder === here)?.name ?? '' }
      this.setData({
        holder: here, myself: found.myself, called: told.name, name, role, limit: fen === null ? '' : shortYuan(fen).replace(/,/g, ''), roles: rolesIn(t),
        spent: spentOf(fen, spent, t), handText: fill(t.member_hand_text, told), removeText: fill(t.member_remove_text, told),
      })
    })
  },
  onName(event: Change) {
    this.setData({ name: event.detail.value })
  },
  onRole(event: WechatMiniprogram.CustomEvent<{ value: Role }>) {
    this.setData({ role: event.detail.value, fault: '' })
  },
  onLimit(event: Change) {
    this.setData({ limit: event.detail.value, fault: '' })
  },
  onSave() {
    const [t, { holder, number, role }] = [preferences.words, this.data]
    const { limit, unfit } = limitTyped(role, this.data.limit)
    if (unfit) return this.setData({ fault: t.member_limit_unfit })
    const body = { role, name: this.data.name.trim(), monthly_limit_fen: limit }
    const path = { holder, member: number }
    return this.change(() => call('put', '/api/mp/v1/holders/{holder}/members/{member}', { path, body }), t.settings_saved)
  },
  onHand() {
    this.setData({ handing: true })
  },
  onHandYes() {
    const { holder, number } = this.data
    const make = () => call('post', '/api/mp/v1/holders/{holder}/owner', { path: { holder }, body: { member: number } })
    return this.change(make, preferences.words.member_handed)
  },
  onRemove() {
    this.setData({ removing: true })
  },
  onRemoveYes() {
    const path = { holder: this.data.holder, member: this.data.number }
    const make = () => call('delete', '/api/mp/v1/holders/{holder}/members/{member}', { path })
    return this.change(make, preferences.words.member_removed)
  },
  /** Change something and go back to the list; a refusal stays here and is told. */
  async change(make: () => Promise<unknown>, done: string) {
    if (this.data.busy) return
    this.setData({ busy: true, notice: '' })
    try {
      await make()
      wx.navigateBack()
      wx.showToast({ title: done, icon: 'none' })
    } catch (error) {
      const { title, text } = say(error, preferences.words)
      this.setData({ notice: text || title })
    } finally {
      this.setData({ busy: false })
      this.onClose()
    }
  },
  onClose() {
    this.setData({ handing: false, removing: false })
  },
})
