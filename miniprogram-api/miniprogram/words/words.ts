import { en } from './en'
import { zh, type Words } from './zh'

export type { Words }
export type Language = 'zh' | 'en'

const LANGUAGES: Record<Language, Words> = { zh, en }

/** Every word of a language. */
export function wordsOf(language: Language): Words {
  return LANGUAGES[language]
}

/** A sentence with its places filled: fill('{n} m', { n: 3 }). */
export function fill(sentence: string, facts: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''))
}
