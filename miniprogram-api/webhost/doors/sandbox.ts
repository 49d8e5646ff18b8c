// What the demo's doors share: the sandbox in WeChat's place. Served in development only.
import { yuan } from '../../miniprogram/plain/money'
import { CANCELLED, type PayWish } from './door'

interface Told {
  appid: string
  official_appid: string
  sandbox: string
}

export const told: Promise<Told> = fetch('/h5/demo/people').then((answer) => answer.json())

/** Make the sandbox do something. */
export async function control<T>(path: string, body: object): Promise<T> {
  const answer = await fetch(`${(await told).sandbox}/_control/${path}`, { method: 'POST', body: JSON.stringify(body) })
  const said = await answer.json()
  if (!answer.ok) throw new Error(said.error)
  return said
}

/** Pay as somebody, after the payment window; rejects with CANCELLED when they close it. */
export async function payAs(person: string, wish: PayWish): Promise<void> {
  if (!(await asked(wish))) throw new Error(CANCELLED)
  const how = JSON.parse(sessionStorage.getItem('demo:pay') ?? '{}')
  if (how.mode === 'nothing') return // says it was paid, and nothing was
  await control('wallet', { ...wish, person, ...how })
}

/** Show to whom, for what and how much, and wait for an answer. */
async function asked(wish: PayWish): Promise<boolean> {
  const bill = await control<{ mchid: string; description: string; total: number }>('wallet/bill', { package: wish.package })
  const sheet = document.createElement('div')
  sheet.className = 'wx-pay'
  sheet.innerHTML = '<div role="dialog" aria-label="微信支付（沙箱）"><p>微信支付（沙箱）</p><b></b><small></small><small></small><button data-yes>确认支付</button><button>取消</button></div>'
  const told = [`¥${yuan(bill.total)}`, bill.description, `收款商户 ${bill.mchid}`]
  sheet.querySelectorAll('b, small').forEach((line, index) => (line.textContent = told[index] ?? ''))
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
