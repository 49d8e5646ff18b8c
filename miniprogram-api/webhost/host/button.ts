// WeChat's button, as far as the pages need it: it asks WeChat for what only a person's own tap may give.
import type { Door } from '../doors/door'

interface Self {
  _$: { $$: HTMLElement }
  data: { openType: string }
  triggerEvent(name: string, detail: object): void
}
const door = (): Door => window.dianyuanDoor

export const buttonDefinition = {
  properties: { openType: String },
  lifetimes: {
    attached(this: Self) {
      const box = this._$.$$
      box.setAttribute('role', 'button')
      box.addEventListener('click', () => {
        if (!this.data.openType.split('|').includes('getPhoneNumber')) return
        const tell = (detail: object) => this.triggerEvent('getphonenumber', detail)
        void door().phone?.().then((code) => tell({ code, errMsg: 'getPhoneNumber:ok' }), () => tell({ errMsg: 'getPhoneNumber:fail user deny' }))
      })
    },
  },
}
