// The part of `wx` that the pages use; checks.mjs lists the same names, and the build fails on any other.
import { CANCELLED, type PayWish } from '../doors/door'
import type { Stack } from './stack'

interface Told {
  success?(value: object): void
  fail?(value: { errMsg: string }): void
  complete?(value: object): void
}
interface Asked extends Told {
  url: string
  method?: string
  data?: object
  header?: Record<string, string>
  timeout?: number
}
interface Node {
  $$: HTMLElement
}
interface Owner {
  _$: { getShadowRoot(): { querySelector(selector: string): Node | null } }
}

const TOAST_MS = 1800
/** What not every door has, by WeChat's name for it. */
const OF_DOORS: Record<string, 'scan' | 'phone'> = { scanCode: 'scan', 'button.open-type.getPhoneNumber': 'phone' }

/** Tell the outcome as WeChat does: by callbacks, and by a promise when there are none. */
function tell(name: string, options: Told = {}, work: Promise<object>): Promise<object> | undefined {
  const called = Boolean(options.success || options.fail || options.complete)
  const outcome = work.then(
    (value) => {
      const told = { errMsg: `${name}:ok`, ...value }
      options.success?.(told)
      options.complete?.(told)
      return told
    },
    (error: Error) => {
      const told = { errMsg: `${name}:fail ${error.message}` }
      options.fail?.(told)
      options.complete?.(told)
      if (!called) throw told
      return told
    },
  )
  return called ? undefined : outcome
}

async function request(options: Asked): Promise<object> {
  const patience = new AbortController()
  setTimeout(() => patience.abort(), options.timeout ?? 60_000)
  const bare = options.method === 'GET' || options.data === undefined
  const answer = await fetch(options.url, {
    method: options.method ?? 'GET',
    headers: { ...(bare ? {} : { 'Content-Type': 'application/json' }), ...options.header },
    body: bare ? undefined : JSON.stringify(options.data),
    signal: patience.signal,
    credentials: 'same-origin', // the log-in of the official account is bound to a cookie,
  })
  const text = await answer.text()
  const json = text !== '' && (answer.headers.get('Content-Type') ?? '').includes('json') // 204 says json and nothing
  return { statusCode: answer.status, header: Object.fromEntries(answer.headers), data: json ? JSON.parse(text) : text }
}

function toast(title: string): void {
  document.querySelectorAll('.wx-toast').forEach((old) => old.remove())
  const box = document.createElement('div')
  box.className = 'wx-toast'
  box.setAttribute('role', 'status')
  box.textContent = title
  document.body.append(box)
  setTimeout(() => box.remove(), TOAST_MS)
}

/** A query of nodes, as far as a canvas needs it: wx.createSelectorQuery().in(…).select(…).fields(…).exec(…). */
function selectorQuery() {
  const asked: (() => object)[] = []
  let owner: Owner | null = null
  const query = {
    in(component: Owner) {
      owner = component
      return query
    },
    select: (selector: string) => ({
      fields() {
        asked.push(() => {
          const node = owner?._$.getShadowRoot().querySelector(selector)?.$$
          return { node, width: node?.clientWidth ?? 0, height: node?.clientHeight ?? 0 }
        })
        return query
      },
    }),
    exec: (told: (results: object[]) => void) => void requestAnimationFrame(() => told(asked.map((ask) => ask()))),
  }
  return query
}

/** Return what stands in for WeChat's `wx`. */
export function wxOf(stack: Stack): object {
  const door = () => window.dianyuanDoor
  const kept = (key: string) => `dianyuan:${window.dianyuanPerson ?? door().account?.() ?? ''}:${key}`
  const moved = (name: string, move: (options: { url: string }) => void) => (options: Told & { url: string }) =>
    tell(name, options, Promise.resolve().then(() => (move(options), {})))
  return {
    canIUse: (name: string) => name !== 'openPrivacyContract' && (!(name in OF_DOORS) || Boolean(door()[OF_DOORS[name]!])),
    createSelectorQuery: selectorQuery,
    getAppBaseInfo: () => ({ theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light' }),
    getStorageSync: (key: string) => JSON.parse(localStorage.getItem(kept(key)) ?? '""') as unknown,
    setStorageSync: (key: string, value: unknown) => localStorage.setItem(kept(key), JSON.stringify(value)),
    removeStorageSync: (key: string) => localStorage.removeItem(kept(key)),
    getWindowInfo: () => ({ pixelRatio: devicePixelRatio, windowWidth: innerWidth }),
    login: (options: Told) => tell('login', options, door().code().then((code) => ({ code }))),
    request: (options: Asked) => tell('request', options, request(options)),
    requestPayment: (options: Told & PayWish) => tell('requestPayment', options, door().pay(wishOf(options)).then(() => ({}))),
    scanCode: (options: Told) =>
      tell('scanCode', options, (door().scan?.() ?? Promise.reject(new Error(CANCELLED))).then((result) => ({ result }))),
    setClipboardData: (options: Told & { data: string }) =>
      tell('setClipboardData', options, navigator.clipboard.writeText(options.data).then(() => ({}))),
    navigateTo: moved('navigateTo', ({ url }) => stack.navigateTo(url)),
    redirectTo: moved('redirectTo', ({ url }) => stack.redirectTo(url)),
    switchTab: moved('switchTab', ({ url }) => stack.switchTab(url)),
    navigateBack: () => stack.navigateBack(),
    setNavigationBarTitle: ({ title }: { title: string }) => stack.setTitle(title),
    setTabBarItem: ({ index, text }: { index: number; text: string }) => stack.setTab(index, text),
    showToast: ({ title }: { title: string }) => toast(title),
    stopPullDownRefresh: () => stack.stopPull(),
  }
}

function wishOf({ appId, timeStamp, nonceStr, package: prepay, signType, paySign }: PayWish): PayWish {
  return { appId, timeStamp, nonceStr, package: prepay, signType: signType ?? 'MD5', paySign }
}
