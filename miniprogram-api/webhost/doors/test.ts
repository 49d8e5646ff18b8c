// The demo and the tests: the sandbox plays WeChat. Served in development only, before the pages' own script.
import { CANCELLED, type Door, type PayWish } from './door'

interface Told {
  appid: string
  sandbox: string
}

const person = new URLSearchParams(location.search).get('as') ?? 'bob'
const told: Promise<Told> = fetch('/h5/demo/people').then((answer) => answer.json())
let appid = ''

async function control<T>(path: string, body: object): Promise<T> {
  const answer = await fetch(`${(await told).sandbox}/_control/${path}`, { method: 'POST', body: JSON.stringify(body) })
  const said = await answer.json()
  if (!answer.ok) throw new Error(said.error)
  return said
}

/** Ask as the payment window of WeChat would. */
function asked(wish: PayWish): Promise<boolean> {
  const sheet = document.createElement('div')
  sheet.className = 'wx-pay'
  sheet.innerHTML = '<div role="dialog" aria-label="微信支付（沙箱）"><p>微信支付（沙箱）</p><small></small><button data-yes>确认支付</button><button>取消</button></div>'
  const shown = sheet.querySelector('small')
  if (shown) shown.textContent = wish.package
  document.body.append(sheet)
  return new Promise((resolve) => {
    sheet.addEventListener('click', (event) => {
      const button = (event.target as Element).closest('button')
      if (!button) return
      sheet.remove()
      resolve(button.hasAttribute('data-yes'))
    })
  })
}

const door: Door = {
  login: '/api/mp/v1/login',
  proof: (code) => ({ appid, code }),
  async code() {
    appid = (await told).appid
    return (await control<{ code: string }>('wechat/code', { person, appid })).code
  },
  async pay(wish) {
    if (!(await asked(wish))) throw new Error(CANCELLED)
    const how = JSON.parse(sessionStorage.getItem('demo:pay') ?? '{}')
    if (how.mode === 'nothing') return // says it was paid, and nothing was
    await control('wallet', { ...wish, person, ...how })
  },
  scan: () => Promise.resolve(sessionStorage.getItem('demo:scan') ?? ''),
}
Object.assign(window, { dianyuanDoor: door, dianyuanPerson: person })
