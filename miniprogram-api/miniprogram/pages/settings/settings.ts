import { call } from '../../client/call'
import type { components } from '../../client/schema'
import { say } from '../../client/trouble'
import { fenOf, shortYuan, typedOn } from '../../plain/money'
import { preferences, type Kept } from '../../preferences'
import { dress, fillPage, look } from '../../screen'
import { fill, type Language } from '../../words/words'

type Sent = components['schemas']['SettingsRequest']
const DIGITS = 4
const LANGUAGES = [{ value: 'zh', label: preferences.words.language_zh }, { value: 'en', label: preferences.words.language_en }]

/** What a person may set, and whom they act for. One request. */
Page({
  data: {
    ...look('title_settings'), language: 'zh' as Language, largeText: false, threshold: null as number | null, usual: 0, usualLabel: '', thresholdText: '', holder: 0, holders: [] as { holder: number; name: string; role: string }[], languages: LANGUAGES,
    open: false, typed: '', fen: 0, saving: false,
  },
  onShow() {
    dress(this)
    void this.load()
  },
  load() {
    return fillPage(this, async () => {
      const { settings, holders, acting_for: here } = await call('get', '/api/mp/v1/me', {})
      preferences.keep(settings)
      this.show(settings)
      this.setData({ holder: here ?? 0, holders: holders.map(({ holder, name, role }) => ({ holder, name, role: preferences.words[`role_${role}`] })) })
    })
  },
  show({ language, large_text, low_credit_threshold_fen: fen, usual_low_credit_threshold_fen: usual }: Kept) {
    dress(this)
    const t = preferences.words
    const n = shortYuan(usual)
    this.setData({
      language, largeText: large_text, threshold: fen, usual, usualLabel: fill(t.settings_threshold_use_usual, { n }),
      thresholdText: fen === null ? fill(t.settings_threshold_usual, { n }) : `¥${shortYuan(fen)}`,
    })
  },
  /** Save one change; what is shown is what the server then says. */
  async save(change: Partial<Sent>) {
    if (this.data.saving) return
    this.setData({ saving: true })
    const { language, largeText, threshold } = this.data
    const body = { language, large_text: largeText, low_credit_threshold_fen: threshold, ...change }
    try {
      const told = await call('put', '/api/mp/v1/settings', { body })
      preferences.keep(told)
      this.show(told)
      this.setData({ open: false })
      wx.showToast({ title: preferences.words.settings_saved, icon: 'none' })
      if (change.language) void this.load()
    } catch (error) {
      wx.showToast({ title: say(error, preferences.words).title, icon: 'none' })
    } finally {
      this.setData({ saving: false })
    }
  },
  onLanguage(event: WechatMiniprogram.CustomEvent<{ value: Language }>) {
    void this.save({ language: event.detail.value })
  },
  onLarge() {
    void this.save({ large_text: !this.data.largeText })
  },
  onThreshold() {
    const typed = this.data.threshold === null ? '' : shortYuan(this.data.threshold).replace(/,/g, '')
    this.setData({ open: true, typed, fen: fenOf(typed) })
  },
  onKey(event: WechatMiniprogram.CustomEvent<{ key: string }>) {
    const typed = typedOn(this.data.typed, event.detail.key, DIGITS)
    this.setData({ typed, fen: fenOf(typed) })
  },
  onSaveThreshold() {
    void this.save({ low_credit_threshold_fen: this.data.fen })
  },
  onUsual() {
    void this.save({ low_credit_threshold_fen: null })
  },
  onClose() {
    this.setData({ open: false })
  },
  /** Act for this enterprise from now on, and see its people. */
  async onHolder(event: WechatMiniprogram.CustomEvent<never, never, { holder: number }>) {
    const { holder } = event.currentTarget.dataset
    const acting = holder === this.data.holder ? Promise.resolve() : call('put', '/api/mp/v1/me/holder', { body: { holder } })
    const refused = await acting.then(() => '', (error: unknown) => say(error, preferences.words).title)
    if (refused) wx.showToast({ title: refused, icon: 'none' })
    else wx.navigateTo({ url: '/pages/members/members' })
  },
  onApply() {
    wx.navigateTo({ url: '/pages/apply/apply' })
  },
  onBind() {
    wx.navigateTo({ url: '/pages/bind/bind' })
  },
})
