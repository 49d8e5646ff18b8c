/** One of a few: options are { value, label }. Tells `choose` with the value. */
Component({
  properties: { label: String, options: Array, chosen: String },
  methods: {
    onTap(event: WechatMiniprogram.TouchEvent<never, never, { value: string }>) {
      const { value } = event.currentTarget.dataset
      if (value !== this.data.chosen) this.triggerEvent('choose', { value })
    },
  },
})
