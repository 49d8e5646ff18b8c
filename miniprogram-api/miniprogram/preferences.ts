import { wordsOf, type Language, type Words } from './words/words'

export interface Kept {
  language: Language
  large_text: boolean
  low_credit_threshold_fen: number | null
  usual_low_credit_threshold_fen: number
}

const KEY = 'preferences'
const TABS = ['tab_meters', 'tab_orders', 'tab_messages', 'tab_settings'] as const
const FIRST: Kept = { language: 'zh', large_text: false, low_credit_threshold_fen: null, usual_low_credit_threshold_fen: 0 }

/** What this person set, as the server told it last: known at once, refreshed when the program starts. */
class Preferences {
  private asking: Promise<void> = Promise.resolve()
  private kept: Kept = { ...FIRST, ...((wx.getStorageSync(KEY) || {}) as Partial<Kept>) }

  get language(): Language {
    return this.kept.language
  }
  get words(): Words {
    return wordsOf(this.kept.language)
  }
  get large(): boolean {
    return this.kept.large_text
  }
  /** At this credit or less this person is reminded. */
  get threshold(): number {
    return this.kept.low_credit_threshold_fen ?? this.kept.usual_low_credit_threshold_fen
  }

  keep(told: Kept): void {
    this.kept = { ...told }
    wx.setStorageSync(KEY, this.kept)
    this.nameTabs()
  }

  /** Wait for the first ones; afterwards the last known ones are good enough. */
  async known(): Promise<void> {
    if (!wx.getStorageSync(KEY)) await this.asking
  }

  /** Take what the server tells; without an answer the last known ones stay. */
  refresh(answer: Promise<Kept>): void {
    this.nameTabs()
    this.asking = answer.then((told) => this.keep(told), () => undefined)
  }

  private nameTabs(): void {
    TABS.forEach((key, index) => wx.setTabBarItem({ index, text: this.words[key] }))
  }
}

export const preferences = new Preferences()
