// The demo's page of the official account: the door of WeChat, whose authorization page and bridge the sandbox plays.
import { CANCELLED, type PayWish } from './door'
import { payAs } from './sandbox'
import { wechatDoor } from './wechat'

const AS = 'demo:as'
const person = new URLSearchParams(location.search).get('as') ?? sessionStorage.getItem(AS) ?? 'bob'
sessionStorage.setItem(AS, person) // WeChat sends people back without it

/** Go to the authorization page as this person, so that it need not ask. */
function leave(url: string): void {
  const gate = new URL(url)
  gate.searchParams.set('person', person)
  location.assign(gate)
}

const bridge = {
  invoke(_name: string, wish: PayWish, answered: (answer: { err_msg: string }) => void) {
    const told = (word: string) => answered({ err_msg: `get_brand_wcpay_request:${word}` })
    payAs(person, wish).then(() => told('ok'), (error: Error) => told(error.message === CANCELLED ? 'cancel' : 'fail'))
  },
}
Object.assign(window, { WeixinJSBridge: bridge, dianyuanDoor: wechatDoor(leave), dianyuanPerson: `account:${person}` })
