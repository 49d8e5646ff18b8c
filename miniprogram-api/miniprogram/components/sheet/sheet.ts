/** A sheet from below over everything else; tells `close` when its ground is tapped. */
Component({
  properties: { open: Boolean, title: String, closing: String },
  methods: {
    onClose() {
      this.triggerEvent('close')
    },
  },
})
