import { fill, type Words } from '../words/words'
import type { components } from './schema'

export type Problem = components['schemas']['Problem']
export type TroubleKind =
  | 'offline' | 'login' | 'forbidden' | 'missing' | 'conflict' | 'busy' | 'unfit' | 'unavailable' | 'server'

/** A call that came to nothing: what kind, and what the server said about it. */
export class Trouble extends Error {
  constructor(readonly kind: TroubleKind, readonly problem: Problem | null = null, readonly wait = 0) {
    super(kind)
  }
}

/** What there is to say about it. */
export interface Said {
  kind: TroubleKind
  title: string
  text: string
}

const BY_STATUS: Record<number, TroubleKind> = {
  400: 'unfit', 401: 'login', 403: 'forbidden', 404: 'missing', 409: 'conflict', 422: 'unfit', 429: 'busy', 503: 'unavailable',
}

/** Return what an answer that is no success means. */
export function troubleOf(status: number, body: unknown, retryAfter: string | undefined): Trouble {
  const problem = body && typeof body === 'object' && 'code' in body ? (body as Problem) : null
  return new Trouble(BY_STATUS[status] ?? 'server', problem, Number(retryAfter ?? 0))
}

/** What the server said of each field it refused. */
export function faultsIn(error: unknown): Record<string, string> {
  const fields = error instanceof Trouble ? (error.problem?.fields ?? []) : []
  return Object.fromEntries(fields.map(({ field, detail }) => [field, detail]))
}

/** Say it: the server's own sentence where it has one that a person can use. */
export function say(error: unknown, t: Words): Said {
  if (!(error instanceof Trouble)) console.error(error) // a fault of ours: it must not pass for a mere refusal
  const trouble = error instanceof Trouble ? error : new Trouble('server')
  const { kind, problem, wait } = trouble
  const detail = problem?.fields?.[0]?.detail ?? problem?.detail ?? ''
  const own: Partial<Record<TroubleKind, string>> = {
    offline: t.offline_text,
    login: t.login_text,
    busy: wait > 0 ? fill(t.busy_text, { n: wait }) : detail,
    server: fill(t.server_text, { id: problem?.request_id ?? '—' }),
  }
  return { kind, title: t[`${kind}_title`], text: own[kind] ?? detail }
}
