import { say, type Said } from './client/trouble'
import { preferences } from './preferences'
import type { Words } from './words/words'

/** What every page shows besides its own: its words, the size of text, and how its reading went. */
export interface Look {
  titleKey: keyof Words
  t: Words
  large: string
  phase: 'loading' | 'ready' | 'trouble'
  trouble: Said | null
}
interface Shown {
  data: Look
  setData(data: Partial<Look>): void
}

/** The data a page starts with. */
export function look(titleKey: keyof Words): Look {
  return { titleKey, t: preferences.words, large: preferences.large ? 'large' : '', phase: 'loading', trouble: null }
}

/** Dress a page in the reader's words and size; called whenever it is shown. */
export function dress(page: Shown): void {
  page.setData({ t: preferences.words, large: preferences.large ? 'large' : '' })
  wx.setNavigationBarTitle({ title: preferences.words[page.data.titleKey] })
}

function toast({ title }: Said): void {
  wx.showToast({ title, icon: 'none' })
}

/** Fill a page; what was shown already stays when a refresh comes to nothing, and `missed` says so: a toast. */
export async function fillPage(page: Shown, read: () => Promise<void>, missed = toast): Promise<void> {
  if (page.data.phase === 'trouble') page.setData({ phase: 'loading', trouble: null })
  try {
    await preferences.known()
    if (page.data.t !== preferences.words || (page.data.large !== '') !== preferences.large) dress(page)
    await read()
    page.setData({ phase: 'ready', trouble: null })
  } catch (error) {
    const trouble = say(error, preferences.words)
    if (page.data.phase === 'ready') missed(trouble)
    else page.setData({ phase: 'trouble', trouble })
  } finally {
    wx.stopPullDownRefresh()
  }
}
