const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789'
const LENGTH = 20
const PAID = 'paid'
const REMEMBERED = 20

/** Draw the key of one tap: it tells a second tap from a second wish, and is no secret. */
export function drawTap(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join('')
}

/** Remember that WeChat said "paid" here: until the server knows, the order is "confirming" and is not offered for paying. */
export function rememberPaid(orderNo: string): void {
  const known = (wx.getStorageSync(PAID) || []) as string[]
  wx.setStorageSync(PAID, [orderNo, ...known].slice(0, REMEMBERED))
}

export function saidPaid(orderNo: string): boolean {
  return ((wx.getStorageSync(PAID) || []) as string[]).includes(orderNo)
}
