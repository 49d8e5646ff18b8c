const MARKS = { good: '✓', warn: '!', bad: '✕', calm: '·' }

/** A state: colour, sign and word together, so that none of them has to be seen. */
Component({
  properties: { tone: { type: String, value: 'calm' }, label: String },
  data: { mark: '' },
  observers: {
    tone(tone: keyof typeof MARKS) {
      this.setData({ mark: MARKS[tone] ?? MARKS.calm })
    },
  },
})
