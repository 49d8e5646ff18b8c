import { call } from '../../client/call'
import { say } from '../../client/trouble'
import { inviteLine, personLine, spentOf, type People, type PersonLine } from '../../plain/members'
import { preferences } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { fill } from '../../words/words'

type Numbered = WechatMiniprogram.CustomEvent<never, never, { number: number }>
interface Choice {
  holder: number
  name: string
  role: string
  here: boolean
}

/** The people of the enterprise somebody acts for, and the switch to another. One request. */
Page({
  data: {
    ...look('title_members'), wanted: 0, holder: 0, name: '', role: '', roleText: '', spent: '', others: [] as Choice[], several: '', owner: false,
    people: [] as PersonLine[], invites: [] as PersonLine[], peopleTitle: '', invitesTitle: '',
    choosing: false, leaving: false, leaveText: '', revoked: 0, revokeText: '', busy: false,
  },
  onShow() {
    dress(this)
    void this.load()
  },
  onPullDownRefresh() {
    void this.load()
  },
  load() {
    return fillPage(this, async () => {
      const { wanted } = this.data
      if (wanted) await call('put', '/api/mp/v1/me/holder', { body: { holder: wanted } })
      this.setData({ wanted: 0 })
      this.show(await call('get', '/api/mp/v1/me/holder', {}))
    })
  },
  show({ acting_for: here, holders, spent_fen: spent, members, invites }: People) {
    const t = preferences.words
    const mine = holders.find((each) => each.holder === here)
    if (!mine) return this.setData({ holder: 0 })
    const counts = mine.role !== 'viewer' || spent > 0
    this.setData({
      holder: mine.holder, name: mine.name, role: t[`role_${mine.role}`], roleText: t[`members_${mine.role}_text`],
      spent: counts ? spentOf(mine.monthly_limit_fen, spent, t) : '', owner: members !== null,
      others: holders.map(({ holder, name, role }) => ({ holder, name, role: t[`role_${role}`], here: holder === here })),
      several: holders.length > 1 ? fill(t.members_several, { n: holders.length }) : '',
      people: (members ?? []).map((each) => personLine(each, t)), invites: (invites ?? []).map((each) => inviteLine(each, t)),
      peopleTitle: fill(t.members_people, { n: members?.length ?? 0 }), invitesTitle: fill(t.members_invites, { n: invites?.length ?? 0 }),
      leaveText: fill(t.members_leave_text, { name: mine.name }),
    })
  },
  onSwitch() {
    this.setData({ choosing: true })
  },
  onChoose(event: Numbered) {
    this.setData({ choosing: false, wanted: event.currentTarget.dataset.number })
    void this.load()
  },
  onMember(event: Numbered) {
    wx.navigateTo({ url: `/pages/member/member?number=${event.currentTarget.dataset.number}` })
  },
  onInvite() {
    wx.navigateTo({ url: `/pages/invite/invite?holder=${this.data.holder}` })
  },
  onRevoke(event: Numbered) {
    const { number } = event.currentTarget.dataset
    const name = this.data.invites.find((each) => each.number === number)?.name ?? ''
    this.setData({ revoked: number, revokeText: fill(preferences.words.members_revoke_text, { name }) })
  },
  onRevokeYes() {
    const path = { holder: this.data.holder, invite: this.data.revoked }
    return this.change(() => call('delete', '/api/mp/v1/holders/{holder}/invites/{invite}', { path }))
  },
  onLeave() {
    this.setData({ leaving: true })
  },
  onLeaveYes() {
    return this.change(() => call('delete', '/api/mp/v1/bindings/{holder}', { path: { holder: this.data.holder } }))
  },
  /** Change something and show what the server then says; a refusal is told. */
  async change(make: () => Promise<unknown>) {
    if (this.data.busy) return
    this.setData({ busy: true })
    const refused = await make().then(() => '', (error: unknown) => say(error, preferences.words).text)
    this.setData({ busy: false })
    this.onClose()
    await this.load()
    if (refused) wx.showToast({ title: refused, icon: 'none' })
  },
  onClose() {
    this.setData({ choosing: false, leaving: false, revoked: 0 })
  },
  onBind() {
    wx.navigateTo({ url: '/pages/bind/bind' })
  },
  onApply() {
    wx.navigateTo({ url: '/pages/apply/apply' })
  },
})
