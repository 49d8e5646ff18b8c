// Any other browser: nobody to log in with yet, so each way says to open the link in WeChat.
import type { Door } from './door'

export function h5Door(): Door {
  const elsewhere = () => Promise.reject(new Error('open in WeChat'))
  return { login: '/api/mp/v1/h5/login', proof: (code) => ({ code }), code: elsewhere, pay: elsewhere }
}
