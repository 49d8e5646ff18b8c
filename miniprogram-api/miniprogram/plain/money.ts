/** Whole fen as yuan with two places, without floating point: -1234567 is "-12,345.67". */
export function yuan(fen: number): string {
  const [whole, cents] = [Math.floor(Math.abs(fen) / 100), Math.abs(fen) % 100]
  return `${fen < 0 ? '-' : ''}${grouped(whole)}.${String(cents).padStart(2, '0')}`
}

/** Like `yuan`, but whole yuan without places: 5000 is "50". */
export function shortYuan(fen: number): string {
  return fen % 100 === 0 ? yuan(fen).slice(0, -3) : yuan(fen)
}

/** What keys of a keypad typed as whole fen; "12.3" is 1230, "" is 0. */
export function fenOf(typed: string): number {
  const [whole = '', cents = ''] = typed.split('.')
  return Number(whole || '0') * 100 + Number(cents.padEnd(2, '0').slice(0, 2))
}

/** An amount as it was typed, as whole fen; null when it is none: "12.3" is 1230. */
export function fenTyped(text: string): number | null {
  return /^\d{1,7}(\.\d{1,2})?$/.test(text) ? fenOf(text) : null
}

/** What is typed after one more key; a key that does not fit changes nothing. */
export function typedOn(typed: string, key: string, digits: number): string {
  if (key === 'delete') return typed.slice(0, -1)
  const next = typed === '0' && key !== '.' ? key : typed === '' && key === '.' ? '0.' : typed + key
  const [whole = '', cents] = next.split('.')
  const fits = /^\d*(\.\d{0,2})?$/.test(next) && whole.length <= digits && (cents ?? '').length <= 2
  return fits ? next : typed
}

/** Watt-hours as kilowatt-hours with one place, rounded down: 12345 is "12.3". */
export function kwh(wh: number): string {
  const tenths = Math.floor(wh / 100)
  return `${grouped(Math.floor(tenths / 10))}.${tenths % 10}`
}

/** Litres as cubic metres with two places, rounded down: 12345 is "12.34". */
export function cubicMetres(litres: number): string {
  const hundredths = Math.floor(litres / 10)
  return `${grouped(Math.floor(hundredths / 100))}.${String(hundredths % 100).padStart(2, '0')}`
}

function grouped(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',')
}
