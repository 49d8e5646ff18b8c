// Inside WeChat: the official account's log-in (OAuth 2.0, snsapi_base) and JSAPI pay through WeixinJSBridge.
import { CANCELLED, type Door, type PayWish } from './door'

const AUTHORIZE = '/api/mp/v1/h5/authorize'
const APPID = 'h5:appid'
const HASH = 'h5:hash'

interface Bridge {
  invoke(name: string, wish: object, told: (answer: { err_msg: string }) => void): void
}

/** Read what the address brought, and clean it: the account whose page this is, and what WeChat sent us back with. */
function brought(): { code: string; state: string } | null {
  const query = new URLSearchParams(location.search)
  const appid = query.get('appid')
  if (appid) for (const kept of [sessionStorage, localStorage]) kept.setItem(APPID, appid)
  const [code, state] = [query.get('code'), query.get('state')]
  if (!code || !state) return null
  history.replaceState(null, '', location.pathname + (sessionStorage.getItem(HASH) ?? location.hash))
  return { code, state }
}

function bridge(): Promise<Bridge> {
  const found = () => (window as unknown as { WeixinJSBridge?: Bridge }).WeixinJSBridge
  return new Promise((resolve) => {
    const now = found()
    if (now) resolve(now)
    else document.addEventListener('WeixinJSBridgeReady', () => resolve(found() as Bridge), { once: true })
  })
}

/** `leave` goes to WeChat's authorization page, which sends people back here. */
export function wechatDoor(leave: (url: string) => void = (url) => location.assign(url)): Door {
  let fresh = brought()
  let state = ''
  const appid = () => sessionStorage.getItem(APPID) ?? localStorage.getItem(APPID) ?? '' // this window's, else the last one
  return {
    account: appid,
    login: '/api/mp/v1/h5/login',
    proof: (code) => ({ appid: appid(), code, state }),
    async code() {
      if (fresh) {
        const { code } = fresh
        state = fresh.state
        fresh = null
        return code
      }
      const answer = await fetch(`${AUTHORIZE}?appid=${encodeURIComponent(appid())}&page=${location.pathname}`)
      if (!answer.ok) throw new Error('this account is not known: its menu leads here with its appid')
      const { url } = (await answer.json()) as { url: string }
      sessionStorage.setItem(HASH, location.hash)
      leave(url)
      return new Promise(() => undefined)
    },
    async pay(wish: PayWish) {
      const answer = await bridge().then(
        (here) => new Promise<string>((resolve) => here.invoke('getBrandWCPayRequest', wish, (told) => resolve(told.err_msg))),
      )
      if (answer === 'get_brand_wcpay_request:ok') return
      throw new Error(answer === 'get_brand_wcpay_request:cancel' ? CANCELLED : answer)
    },
  }
}
