import type { components } from '../client/schema'
import { fill, type Words } from '../words/words'
import { minute } from './moment'

export type Registration = components['schemas']['RegistrationView']
export interface Form {
  name: string
  phone: string
  enterprise: string
  building: string
  room: string
  meter_number: string
}

/** What became of an application, as its page shows it. */
export interface Outcome {
  state: Registration['state']
  tone: 'good' | 'warn' | 'bad' | 'calm'
  mark: string
  title: string
  text: string
  reason: string
  proved: boolean
}

const LOOKS = {
  waiting: { tone: 'calm', mark: '…' }, approved: { tone: 'good', mark: '✓' },
  rejected: { tone: 'bad', mark: '✕' }, withdrawn: { tone: 'calm', mark: '·' },
} as const
const NUMBER = /^(1\d{10}|0\d{9,11})$/

export type Faults = Form & { agreed: string }
export const EMPTY: Form = { name: '', phone: '', enterprise: '', building: '', room: '', meter_number: '' }

export const SOUND: Faults = { ...EMPTY, agreed: '' }

/** Say how an application stands. */
export function outcomeOf(sent: Registration, t: Words): Outcome {
  const texts = {
    waiting: fill(t.apply_waiting_text, { time: minute(sent.applied_at) }),
    approved: fill(t.apply_approved_text, { name: sent.holder_name ?? sent.enterprise, role: t[`role_${sent.role ?? 'viewer'}`] }),
    rejected: fill(t.apply_rejected_text, { time: minute(sent.decided_at ?? sent.applied_at) }),
    withdrawn: t.apply_withdrawn_text,
  }
  return {
    state: sent.state, ...LOOKS[sent.state], title: t[`apply_${sent.state}`], text: texts[sent.state],
    reason: sent.answer, proved: sent.proof === 'contact_phone',
  }
}

/** What was sent, line by line, without what was left empty. */
export function linesOf(sent: Registration, t: Words): { label: string; value: string }[] {
  const lines = [
    { label: t.holder, value: sent.enterprise }, { label: t.room, value: `${sent.building} ${sent.room}`.trim() },
    { label: t.meter_number, value: sent.meter_number }, { label: t.apply_name, value: sent.name }, { label: t.apply_phone, value: sent.phone },
  ]
  return lines.filter(({ value }) => value)
}

/** Return what was written before, to be mended and sent again. */
export function formOf({ name, phone, enterprise, building, room, meter_number }: Registration): Form {
  return { name, phone, enterprise, building, room, meter_number }
}

/** Say what is missing or wrong, by field; the telephone number may be WeChat's. */
export function faultsOf(form: Form, told: boolean, agreed: boolean, t: Words): Faults {
  const faults = { ...SOUND, agreed: agreed ? '' : t.apply_agree_first }
  for (const key of ['name', 'enterprise'] as const) if (!form[key].trim()) faults[key] = t.apply_missing
  const plain = form.phone.replace(/[\s\-()（）]/g, '').replace(/^(\+|00)86/, '')
  if (!told && !NUMBER.test(plain)) faults.phone = plain ? t.apply_phone_unfit : t.apply_missing
  return faults
}
