/** A line of a list: a name, what it is, and an arrow where a tap leads on. Tells `press`. */
Component({
  options: { multipleSlots: true },
  properties: { label: String, note: String, value: String, arrow: Boolean },
  methods: {
    onTap() {
      if (this.data.arrow) this.triggerEvent('press')
    },
  },
})
