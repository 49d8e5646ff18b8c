import type { components } from '../client/schema'
import { fill, type Words } from '../words/words'
import { minute } from './moment'
import { fenTyped, shortYuan, yuan } from './money'

export type People = components['schemas']['HolderPeople']
export type Member = components['schemas']['MemberView']
export type Role = Member['role']
type Invite = components['schemas']['InviteView']

/** A person or an invite as a line of the list. */
export interface PersonLine {
  number: number
  name: string
  note: string
  myself: boolean
  mark: string
}

const ROLES: Role[] = ['payer', 'viewer', 'owner']

/** The roles one may give, the usual one first. */
export const rolesIn = (t: Words) => ROLES.map((value) => ({ value, label: t[`role_${value}`] }))

/** Say how much of a monthly limit is used; without one, how much was topped up. */
export function spentOf(limit: number | null, spent: number, t: Words): string {
  if (limit === null) return fill(t.members_spent, { spent: yuan(spent) })
  return fill(t.members_limit, { limit: shortYuan(limit), spent: yuan(spent), left: yuan(Math.max(0, limit - spent)) })
}

export function personLine(member: Member, t: Words): PersonLine {
  const money = member.role !== 'viewer' || member.spent_fen > 0
  const parts = [t[`role_${member.role}`], ...(money ? [spentOf(member.monthly_limit_fen, member.spent_fen, t)] : [])]
  return { number: member.member, name: member.name || (member.myself ? t.members_me : t.members_unnamed), note: parts.join(' · '), myself: member.myself, mark: member.myself && member.name ? t.members_me : '' }
}

export function inviteLine(open: Invite, t: Words): PersonLine {
  const until = fill(t.members_until, { time: minute(open.expires_at) })
  return { number: open.invite, name: open.name || t.members_unnamed, note: `${t[`role_${open.role}`]} · ${until}`, myself: false, mark: t.members_revoke }
}

/** Read a monthly limit as it was typed; nothing means any amount. `unfit`: it is no amount. Only payers have one. */
export function limitTyped(role: string, typed: string): { limit: number | null; unfit: boolean } {
  if (role !== 'payer' || !typed.trim()) return { limit: null, unfit: false }
  const limit = fenTyped(typed.trim())
  return { limit, unfit: limit === null }
}
