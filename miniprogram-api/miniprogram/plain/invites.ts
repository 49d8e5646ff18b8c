/** The invite code in what was scanned or opened: the code itself, or a link that carries it as code, scene or invite. */
export function inviteIn(text: string): string {
  const found = /(?:^|[?&])(?:code|scene|invite)=([^&#]+)/.exec(decoded(text))
  if (found) return (found[1] ?? '').trim()
  return /^[\w -]{4,64}$/.test(text.trim()) ? text.trim() : ''
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
