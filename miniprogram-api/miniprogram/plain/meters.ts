import type { components } from '../client/schema'
import { wordsOfMedium } from '../words/water'
import { fill, type Words } from '../words/words'
import { ago } from './moment'
import { kwh, yuan } from './money'

export type Meter = components['schemas']['MeterView']

/** A meter as the pages show it. */
export interface Face {
  reference: string
  room: string
  holder: string
  tone: 'good' | 'bad' | 'calm'
  supply: string
  creditName: string
  credit: string
  unit: string
  short: string
  warning: string
  hint: string
  age: string
  canTopUp: boolean
  whyNot: string
}

/** Sort by who needs somebody first: no power, debt, low, out of reach, then the rest by what is left. */
export function byUrgency(meters: Meter[], threshold: number): Meter[] {
  return [...meters].sort((a, b) => urgency(a, threshold) - urgency(b, threshold) || left(a) - left(b))
}

/** Say everything about a meter in words. */
export function faceOf(meter: Meter, threshold: number, words: Words): Face {
  const t = wordsOfMedium(words, meter.medium)
  const money = meter.credit_fen !== null
  const supply = meter.supply ?? 'unknown'
  return {
    reference: meter.reference,
    room: meter.room,
    holder: meter.holder_name,
    tone: supply === 'closed' ? 'good' : supply === 'open' ? 'bad' : 'calm',
    supply: t[`supply_${supply}`],
    creditName: money || meter.remaining_energy_wh === null ? (meter.credit_source === 'meter' ? t.credit_in_meter : t.credit_here) : t.energy_left,
    credit: money ? yuan(meter.credit_fen ?? 0) : meter.remaining_energy_wh === null ? '' : kwh(meter.remaining_energy_wh),
    unit: money ? '¥' : meter.remaining_energy_wh === null ? '' : 'kWh',
    short: money ? `¥${yuan(meter.credit_fen ?? 0)}` : meter.remaining_energy_wh === null ? t.credit_unknown : `${kwh(meter.remaining_energy_wh)} kWh`,
    warning: warningOf(meter, threshold, t),
    hint: hintOf(meter, threshold, t),
    age: meter.age_seconds === null ? t.never_read : fill(t.read_ago, { ago: ago(meter.age_seconds, t) }),
    canTopUp: meter.can_top_up,
    whyNot: meter.why_not_text ?? '',
  }
}

function urgency(meter: Meter, threshold: number): number {
  if (meter.supply === 'open') return 0
  if (inDebt(meter)) return 1
  if (isLow(meter, threshold)) return 2
  return meter.gateway_answers === false ? 3 : 4
}

function warningOf(meter: Meter, threshold: number, t: Words): string {
  if (inDebt(meter)) return t.debt
  if (isLow(meter, threshold)) return t.low
  return meter.gateway_answers === false ? t.unreachable : ''
}

function hintOf(meter: Meter, threshold: number, t: Words): string {
  if (meter.gateway_answers === false) return t.hint_unreachable
  if (meter.supply === 'open') return left(meter) <= 0 ? t.hint_off_no_credit : t.hint_off
  if (inDebt(meter)) return t.hint_debt
  return isLow(meter, threshold) ? t.hint_low : ''
}

const left = (meter: Meter) => meter.credit_fen ?? meter.remaining_energy_wh ?? Number.MAX_SAFE_INTEGER
const inDebt = (meter: Meter) => meter.credit_fen !== null && meter.credit_fen < 0
const isLow = (meter: Meter, threshold: number) => meter.credit_fen !== null && meter.credit_fen <= threshold
