import { fill, type Words } from '../words/words'

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400]

/** How long ago, in words. */
export function ago(seconds: number, t: Words): string {
  if (seconds < MINUTE) return t.ago_now
  if (seconds < HOUR) return fill(t.ago_minutes, { n: Math.floor(seconds / MINUTE) })
  if (seconds < DAY) return fill(t.ago_hours, { n: Math.floor(seconds / HOUR) })
  return fill(t.ago_days, { n: Math.floor(seconds / DAY) })
}

/** An instant as the telephone's clock shows it: 05-31 09:07. */
export function minute(instant: string): string {
  const at = new Date(instant)
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** The same with seconds and without the day, for the steps of a payment. */
export function second(instant: string): string {
  const at = new Date(instant)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
