// The demo's mini-program: the sandbox plays WeChat. Served in development only, before the pages' own script.
import { CANCELLED, type Door } from './door'
import { control, payAs, told } from './sandbox'

const person = new URLSearchParams(location.search).get('as') ?? 'bob'
let appid = ''

const door: Door = {
  login: '/api/mp/v1/login',
  proof: (code) => ({ appid, code }),
  async code() {
    appid = (await told).appid
    return (await control<{ code: string }>('wechat/code', { person, appid })).code
  },
  pay: (wish) => payAs(person, wish),
  async phone() {
    if (sessionStorage.getItem('demo:phone') === 'no') throw new Error(CANCELLED)
    appid = (await told).appid
    return (await control<{ code: string }>('wechat/code', { person, appid, purpose: 'phone' })).code
  },
  scan: () => Promise.resolve(sessionStorage.getItem('demo:scan') ?? ''),
}
Object.assign(window, { dianyuanDoor: door, dianyuanPerson: person })
