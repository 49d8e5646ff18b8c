import { place } from '../place'
import { preferences } from '../preferences'
import type { paths } from './schema'
import { Trouble, troubleOf } from './trouble'

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined
type Method = 'get' | 'post' | 'put' | 'delete'
export type Routes<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths]
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never
type Answered<O> = O extends { responses: infer R }
  ? R extends { 200: infer T } ? Json<T> : R extends { 201: infer T } ? Json<T> : undefined
  : never
type Sent<O> = O extends { requestBody: infer B } ? { body: Json<B> } : { body?: undefined }
type Named<O> = O extends { parameters: { path: infer N extends object } } ? { path: N } : { path?: undefined }
type Asked<O> = O extends { parameters: { query?: infer Q } } ? { query?: Q } : { query?: undefined }
export type Ask<O> = Sent<O> & Named<O> & Asked<O>

const PATIENCE_MS = 15_000
const TOKEN = 'token'
let entering: Promise<string> | null = null

/** Call a route of openapi.json; logs in by itself, and once again when the token is not good any more. Raises Trouble. */
export async function call<M extends Method, P extends Routes<M>>(
  method: M, route: P, ask: Ask<Operation<P, M>>,
): Promise<Answered<Operation<P, M>>> {
  type Answer = Answered<Operation<P, M>>
  const { path, query, body } = ask as unknown as { path?: Record<string, string>; query?: Record<string, unknown>; body?: object }
  const url = addressOf(String(route), path ?? {}, query ?? {})
  const token = (wx.getStorageSync(TOKEN) as string) || (await enter())
  try {
    return (await send(method, url, body, token)) as Answer
  } catch (error) {
    if (!(error instanceof Trouble) || error.kind !== 'login') throw error
    if (wx.getStorageSync(TOKEN) === token) wx.removeStorageSync(TOKEN)
    return (await send(method, url, body, (wx.getStorageSync(TOKEN) as string) || (await enter()))) as Answer
  }
}

/** Log in; however many calls ask for it at once, one log-in serves them all. */
function enter(): Promise<string> {
  entering ??= logIn().finally(() => (entering = null))
  return entering
}

async function logIn(): Promise<string> {
  const { code } = await wx.login().catch(() => {
    throw new Trouble('login')
  })
  const told = (await send('post', place.login, place.proof(code), '')) as { token: string }
  wx.setStorageSync(TOKEN, told.token)
  return told.token
}

function send(method: Method, url: string, body: object | undefined, token: string): Promise<unknown> {
  const header: Record<string, string> = { 'Accept-Language': preferences.language }
  if (token) header.Authorization = `Bearer ${token}`
  return new Promise((resolve, reject) => {
    wx.request({
      url: place.api + url,
      method: method.toUpperCase() as 'GET',
      header,
      timeout: PATIENCE_MS,
      ...(body ? { data: body } : {}),
      success: ({ statusCode, data, header: told }) => {
        if (statusCode < 300) resolve(data)
        else reject(troubleOf(statusCode, data, (told['Retry-After'] ?? told['retry-after']) as string | undefined))
      },
      fail: () => reject(new Trouble('offline')),
    })
  })
}

function addressOf(route: string, path: Record<string, string>, query: Record<string, unknown>): string {
  const named = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const pairs = asked.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return pairs.length ? `${named}?${pairs.join('&')}` : named
}
