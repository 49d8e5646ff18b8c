interface Bar {
  date: string
  used: number | null // null: not known, which is not none
}
type Pen = WechatMiniprogram.CanvasRenderingContext.CanvasRenderingContext2D
interface Found {
  node: WechatMiniprogram.Canvas
  width: number
  height: number
}

const COLOURS = { light: { bar: '#175cd3', none: '#e5e6eb', word: '#5c626b' }, dark: { bar: '#5b8def', none: '#2f343a', word: '#aab0ba' } }
const [FOOT, LETTERS] = [20, 11]
const [ROOM, ROOM_FOR_TWO] = [12, 6] // so many bars fill the width, and so many leave room for a second date

/** Bars of what was used by day, in whatever unit, on a canvas; `spoken` says the same for those who do not see it. */
Component({
  properties: { days: { type: Array, value: [] as Bar[] }, spoken: String, scale: { type: Number, value: 1 } },
  lifetimes: {
    ready() {
      this.draw()
    },
  },
  observers: {
    'days, scale'() {
      this.draw()
    },
  },
  methods: {
    draw() {
      const days = this.data.days as Bar[]
      if (!days.length) return
      wx.createSelectorQuery().in(this).select('.canvas').fields({ node: true, size: true }).exec((found: Found[]) => {
        const [canvas] = found
        if (canvas?.node && canvas.width > 0) paint(canvas, days, this.data.scale)
      })
    },
  },
})

function paint({ node, width, height }: Found, days: Bar[], scale: number): void {
  const ratio = wx.getWindowInfo().pixelRatio
  const theme = wx.getAppBaseInfo().theme === 'dark' ? COLOURS.dark : COLOURS.light
  const most = Math.max(1, ...days.map((day) => day.used ?? 0))
  const [step, foot] = [width / Math.max(days.length, ROOM), FOOT * scale]
  ;[node.width, node.height] = [width * ratio, height * ratio]
  const pen = node.getContext('2d') as Pen
  pen.scale(ratio, ratio)
  pen.fillStyle = theme.none
  pen.fillRect(0, height - foot, width, 1) // where nothing stands yet, too
  days.forEach((day, index) => {
    const tall = Math.max(2, ((day.used ?? 0) / most) * (height - foot - 4))
    pen.fillStyle = day.used === null ? theme.none : theme.bar
    pen.fillRect(index * step + step * 0.18, height - foot - tall, step * 0.64, tall)
  })
  pen.fillStyle = theme.word
  pen.font = `${LETTERS * scale}px sans-serif`
  mark(pen, 'left', days[0], 0, height)
  if (days.length >= ROOM) mark(pen, 'center', days[Math.floor(days.length / 2)], width / 2, height)
  if (days.length >= ROOM_FOR_TWO) mark(pen, 'right', days[days.length - 1], days.length * step, height)
}

function mark(pen: Pen, side: 'left' | 'center' | 'right', day: Bar | undefined, x: number, height: number): void {
  pen.textAlign = side
  pen.fillText((day?.date ?? '').slice(5), x, height - 4)
}
