/** Keys for an amount, as under WeChat's own payment: tells `key` with a digit, "." or "delete", and `pay`. */
Component({
  properties: { pay: String, busy: Boolean, disabled: Boolean, point: String, erase: String },
  data: { digits: ['1', '2', '3', '4', '5', '6', '7', '8', '9'] },
  methods: {
    onKey(event: WechatMiniprogram.TouchEvent<never, never, { key: string }>) {
      this.triggerEvent('key', { key: event.currentTarget.dataset.key })
    },
    onPay() {
      if (!this.data.busy && !this.data.disabled) this.triggerEvent('pay')
    },
  },
})
