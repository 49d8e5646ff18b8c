/** One thing to fill in, with what is wrong with it beside it. Tells `change` with what was typed. */
Component({
  properties: { label: String, note: String, value: String, placeholder: String, fault: String, type: { type: String, value: 'text' }, most: { type: Number, value: 60 } },
  methods: {
    onInput(event: WechatMiniprogram.Input) {
      this.triggerEvent('change', { value: event.detail.value })
    },
  },
})
