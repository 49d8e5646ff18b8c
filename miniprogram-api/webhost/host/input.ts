// The one built-in tag that needs a program: a browser's input that speaks like WeChat's.
interface Self {
  _$: { $$: HTMLElement }
  data: { value: string; placeholder: string; label: string; maxlength: number; type: string }
  field?: HTMLInputElement
  triggerEvent(name: string, detail: object): void
}

// Which keys WeChat shows for each type.
const MODES: Record<string, string> = { number: 'numeric', digit: 'decimal' }

export const inputDefinition = {
  properties: { value: String, placeholder: String, label: String, type: String, maxlength: { type: Number, value: 140 }, focus: Boolean },
  lifetimes: {
    attached(this: Self) {
      const field = (this.field = document.createElement('input'))
      field.value = this.data.value
      field.placeholder = this.data.placeholder
      field.maxLength = this.data.maxlength
      field.inputMode = MODES[this.data.type] ?? ''
      field.autocapitalize = field.autocomplete = 'off'
      field.spellcheck = false
      field.setAttribute('aria-label', this.data.label || this.data.placeholder)
      field.addEventListener('input', (event) => {
        event.stopPropagation() // the pages hear ours, with the value
        this.triggerEvent('input', { value: field.value })
      })
      field.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') this.triggerEvent('confirm', { value: field.value })
      })
      this._$.$$.append(field)
    },
  },
  observers: {
    value(this: Self, value: string) {
      if (this.field && this.field.value !== value) this.field.value = value
    },
    placeholder(this: Self, placeholder: string) {
      if (this.field) this.field.placeholder = placeholder
    },
  },
}
