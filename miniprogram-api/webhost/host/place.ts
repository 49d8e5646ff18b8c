// Stands in for miniprogram/place.ts in a browser: the API is where the page came from, the door says how one logs in.
import type { Door } from '../doors/door'

declare global {
  interface Window {
    dianyuanDoor: Door
    dianyuanPerson?: string
  }
}

export const place = {
  api: '',
  get login() {
    return window.dianyuanDoor.login
  },
  proof: (code: string): object => window.dianyuanDoor.proof(code),
}
