// The page of the demo: a telephone, and beside it what really happened at the meters and in WeChat.
interface Person {
  name: string
  holder: string
  invite: string
}
interface Told {
  sandbox: string
  official_appid: string
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
  volume_l: number // of a water meter, which counts nothing else
}
interface Message {
  template_id?: string
  sent_at: string
  channel: string
  body: string
}

const GLANCE_MS = 1500
const DOWN_SECONDS = 30
const KINDS: Record<string, string> = { 'demo-credited': '充值到账 credited', 'demo-low_credit': '余额不足 low credit' }
const DOORS = { phone: '小程序 mini-program', account: '公众号网页 official account' }
const PARK_TIME = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', timeStyle: 'medium' }) // as the messages' own text
const shown = new Map<string, string>()
const byId = (id: string) => document.getElementById(id) as HTMLElement
let person: Person
let door: keyof typeof DOORS = 'phone'
let told: Told

function make(tag: string, text: string, parent: HTMLElement): HTMLElement {
  const made = document.createElement(tag)
  made.textContent = text
  parent.append(made)
  return made
}

/** Add a button of a row in which one is chosen. */
function addChoice(row: string, name: string, label: string, chosen: () => void): void {
  const button = make('button', label, byId(row))
  button.dataset.name = name
  button.addEventListener('click', () => {
    chosen()
    showPhone()
  })
}

function press(row: string, name: string): void {
  byId(row).querySelectorAll('button').forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.name === name)))
}

/** Show this person's telephone; the official account's page logs in by the sandbox's authorization page. */
function showPhone(): void {
  press('people', person.name)
  press('doors', door)
  byId('holder').textContent = `${person.name} · ${person.holder}`
  byId('code').textContent = person.invite
  ;(byId('qr') as HTMLImageElement).src = `/h5/demo/invites/${encodeURIComponent(person.name)}.svg`
  const asked = new URLSearchParams({ as: person.name, ...(door === 'account' ? { appid: told.official_appid } : {}) })
  ;(byId('phone') as HTMLIFrameElement).src = `/h5/demo/${door}?${asked}`
}

function breaker(meter: Meter): string[] {
  return [`${(meter.energy_wh / 1000).toFixed(2)} kWh`, meter.closed ? '合 closed' : '分 open', `${meter.power_w} W`]
}

function tap(meter: Meter): string[] {
  return [`${(meter.volume_l / 1000).toFixed(3)} m³`, meter.closed ? '开阀 flows' : '关阀 shut', '–']
}

function showMeters(meters: Meter[]): void {
  const body = byId('meters')
  body.textContent = ''
  for (const meter of meters) {
    const row = make('tr', '', body)
    const cells = [
      `D${meter.serial.slice(-6)}`, `¥${(meter.balance / 100).toFixed(2)}`, String(meter.purchase_count),
      ...(meter.volume_l ? tap(meter) : breaker(meter)),
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
    make('button', `${line}断网 ${DOWN_SECONDS} 秒 offline`, lines).addEventListener('click', () =>
      fetch('/h5/demo/park', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ line, seconds: DOWN_SECONDS }) }),
    )
  }
}

function showMessages(messages: Message[]): void {
  const list = byId('messages')
  list.textContent = ''
  if (!messages.length) make('li', '还没有：公众号的消息发给打开过公众号网页的人。 None yet: they reach who has opened the official account’s page.', list)
  for (const message of messages.slice(0, 8)) {
    const { data = {} } = JSON.parse(message.body) as { data?: Record<string, { value: string }> }
    const item = make('li', '', list)
    const kind = KINDS[message.template_id ?? ''] ?? message.channel
    make('span', [kind, ...Object.values(data).map((field) => field.value)].join(' · '), item)
    make('time', PARK_TIME.format(new Date(message.sent_at)), item)
  }
}

async function look(): Promise<void> {
  const park = await fetch('/h5/demo/park').then((answer) => answer.json()).catch(() => ({ meters: [] }))
  showMeters(park.meters)
  await fetch(`${told.sandbox}/_control/messages?person=${person.name}`).then((answer) => answer.json()).then(showMessages).catch(() => undefined)
  setTimeout(() => void look(), GLANCE_MS)
}

async function main(): Promise<void> {
  told = await fetch('/h5/demo/people').then((answer) => answer.json())
  person = told.people[0]!
  for (const each of told.people) addChoice('people', each.name, `${each.name} · ${each.holder}`, () => (person = each))
  for (const [name, label] of Object.entries(DOORS)) addChoice('doors', name, label, () => (door = name as keyof typeof DOORS))
  const mode = byId('mode') as HTMLSelectElement
  const delayed = (value: string) => (value === 'late' ? { mode: 'normal', delay: 10 } : { mode: value })
  const keep = () => sessionStorage.setItem('demo:pay', JSON.stringify(delayed(mode.value)))
  mode.addEventListener('change', keep)
  keep()
  showPhone()
  void look()
}
void main()
