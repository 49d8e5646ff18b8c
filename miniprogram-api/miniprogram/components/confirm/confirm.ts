/** What cannot be taken back, said before it is done. Tells `yes` or `close`. */
Component({
  properties: { open: Boolean, title: String, text: String, action: String, closing: String, busy: Boolean },
  methods: {
    onYes() {
      this.triggerEvent('yes')
    },
    onClose() {
      this.triggerEvent('close')
    },
  },
})
