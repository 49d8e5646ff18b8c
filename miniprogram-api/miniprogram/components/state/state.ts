const MARKS = { loading: '', empty: '○', trouble: '!', done: '✓' }

/** Nothing to show: why, and the one way on. kind: loading, empty, trouble, done. Tells `press`. */
Component({
  properties: { kind: { type: String, value: 'loading' }, title: String, text: String, action: String, busy: Boolean },
  data: { mark: '' },
  observers: {
    kind(kind: keyof typeof MARKS) {
      this.setData({ mark: MARKS[kind] ?? '' })
    },
  },
  methods: {
    onPress() {
      this.triggerEvent('press')
    },
  },
})
