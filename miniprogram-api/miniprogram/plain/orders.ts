import type { components } from '../client/schema'
import { wordsOfMedium } from '../words/water'
import type { Words } from '../words/words'
import { minute, second } from './moment'
import { yuan } from './money'
import { saidPaid } from './taps'

export type Order = components['schemas']['OrderView']
type Tone = 'good' | 'warn' | 'bad' | 'calm'
type Word = Order['message'] | 'confirming'

/** An order as a line of the list. */
export interface OrderLine {
  orderNo: string
  amount: string
  room: string
  when: string
  tone: Tone
  word: string
}

/** One step of the way, with how it stands in words. */
export interface StepLine {
  step: string
  word: string
  time: string
  state: 'done' | 'now' | 'next'
  spoken: string
}

const TONES: Record<Word, Tone> = {
  confirming: 'calm', waiting_for_payment: 'calm', expired: 'calm', on_the_way: 'calm', checking: 'calm', late: 'warn',
  held: 'warn', refused: 'bad', credited: 'good', supply_off: 'warn', closed: 'calm',
}
const ENDED: Word[] = ['credited', 'closed', 'expired']
const TROUBLED: Word[] = ['late', 'held', 'refused', 'supply_off']

/** What there is to say: what the server says, but "confirming" while only this telephone has heard of the payment. */
export function wordOf(order: Order): Word {
  const unknown = order.message === 'waiting_for_payment' || order.message === 'expired'
  return unknown && saidPaid(order.order_no) ? 'confirming' : order.message
}

export const titleOf = (order: Order, words: Words) => wordsOfMedium(words, order.medium)[`order_${wordOf(order)}`]
export const toneOf = (order: Order) => TONES[wordOf(order)]
export const hasEnded = (order: Order) => ENDED.includes(wordOf(order))
export const needsHelp = (order: Order) => TROUBLED.includes(wordOf(order))

export function lineOf(order: Order, t: Words): OrderLine {
  return {
    orderNo: order.order_no, amount: `¥${yuan(order.amount_fen)}`, room: order.room, when: minute(order.placed_at),
    tone: toneOf(order), word: titleOf(order, t),
  }
}

export function stepsOf(order: Order, words: Words): StepLine[] {
  const t = wordsOfMedium(words, order.medium)
  const next = order.timeline.findIndex((step) => !step.done)
  const here = !order.timeline.some((step) => step.step === 'sent')
  return order.timeline.map(({ step, at, done }, index) => {
    const state = done ? 'done' : index === next ? 'now' : 'next'
    const word = step === 'confirmed' && here ? t.step_confirmed_here : t[`step_${step}`]
    const now = step === 'supply_on' ? t.step_reading : t.step_now
    const spoken = { done: t.step_done, now, next: t.step_to_come }[state]
    return { step, word, time: at ? second(at) : '', state, spoken }
  })
}
