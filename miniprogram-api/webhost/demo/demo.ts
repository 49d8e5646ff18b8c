// The page of the demo: a telephone, and beside it what really happened at the meters and in WeChat.
interface Person {
  name: string
  holder: string
  invite: string
}
interface Told {
  sandbox: string
  people: Person[]
}
interface Meter {
  line: string
  serial: string
  balance: number
  purchase_count: number
  energy_wh: number
  closed: boolean
  power_w: number
}
interface Message {
  sent_at: string
  channel: string
  body: string
}

const GLANCE_MS = 1500
const DOWN_SECONDS = 30
const shown = new Map<string, string>()
const byId = (id: string) => document.getElementById(id) as HTMLElement
let person = ''
let told: Told

function make(tag: string, text: string, parent: HTMLElement): HTMLElement {
  const made = document.createElement(tag)
  made.textContent = text
  parent.append(made)
  return made
}

function choose(chosen: Person): void {
  person = chosen.name
  byId('people').querySelectorAll('button').forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.name === person)))
  byId('invite').textContent = `${chosen.name}：${chosen.holder}，邀请码 invite ${chosen.invite}`
  ;(byId('phone') as HTMLIFrameElement).src = `/h5/demo/phone?as=${encodeURIComponent(person)}`
}

function showMeters(meters: Meter[]): void {
  const body = byId('meters')
  body.textContent = ''
  for (const meter of meters) {
    const row = make('tr', '', body)
    const cells = [
      `D${meter.serial.slice(-6)}`, `¥${(meter.balance / 100).toFixed(2)}`, String(meter.purchase_count),
      `${(meter.energy_wh / 1000).toFixed(2)} kWh`, meter.closed ? '合 closed' : '分 open', `${meter.power_w} W`,
    ]
    cells.forEach((text, index) => {
      const key = `${meter.serial}/${index}`
      const cell = make('td', text, row)
      if (index === 2 && shown.has(key) && shown.get(key) !== text) cell.className = 'new'
      if (!shown.has(key)) shown.set(key, text)
    })
  }
  const lines = byId('lines')
  if (lines.childElementCount) return
  for (const line of new Set(meters.map((meter) => meter.line))) {
    make('button', `${line} 断网 ${DOWN_SECONDS} 秒 offline`, lines).addEventListener('click', () =>
      fetch('/h5/demo/park', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ line, seconds: DOWN_SECONDS }) }),
    )
  }
}

function showMessages(messages: Message[]): void {
  const list = byId('messages')
  list.textContent = ''
  if (!messages.length) make('li', '还没有 none yet', list)
  for (const message of messages.slice(0, 8)) {
    const { data = {} } = JSON.parse(message.body) as { data?: Record<string, { value: string }> }
    const item = make('li', Object.values(data).map((field) => field.value).join(' · ') || message.channel, list)
    make('time', ` ${new Date(message.sent_at).toLocaleTimeString()}`, item)
  }
}

async function look(): Promise<void> {
  const park = await fetch('/h5/demo/park').then((answer) => answer.json()).catch(() => ({ meters: [] }))
  showMeters(park.meters)
  await fetch(`${told.sandbox}/_control/messages?person=${person}`).then((answer) => answer.json()).then(showMessages).catch(() => undefined)
  setTimeout(() => void look(), GLANCE_MS)
}

async function main(): Promise<void> {
  told = await fetch('/h5/demo/people').then((answer) => answer.json())
  for (const each of told.people) {
    const button = make('button', `${each.name} · ${each.holder}`, byId('people'))
    button.dataset.name = each.name
    button.addEventListener('click', () => choose(each))
  }
  const mode = byId('mode') as HTMLSelectElement
  const delayed = (value: string) => (value === 'late' ? { mode: 'normal', delay: 10 } : { mode: value })
  const keep = () => sessionStorage.setItem('demo:pay', JSON.stringify(delayed(mode.value)))
  mode.addEventListener('change', keep)
  keep()
  if (told.people[0]) choose(told.people[0])
  void look()
}
void main()
