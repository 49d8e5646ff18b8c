/** The one button: `kind` primary (one a screen), plain, quiet, or danger; tells `press`, never while busy or disabled. */
Component({
  properties: {
    label: String,
    kind: { type: String, value: 'primary' },
    busy: Boolean,
    disabled: Boolean,
  },
  methods: {
    onTap() {
      if (!this.data.busy && !this.data.disabled) this.triggerEvent('press')
    },
  },
})
