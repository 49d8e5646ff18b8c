// WeChat's image as a browser's: a picture with words for those who do not see it.
interface Self {
  _$: { $$: HTMLElement }
  data: { src: string; label: string }
  picture?: HTMLImageElement
}

export const imageDefinition = {
  properties: { src: String, label: String, showMenuByLongpress: Boolean }, // a browser has a menu of its own
  lifetimes: {
    attached(this: Self) {
      const picture = (this.picture = document.createElement('img'))
      picture.src = this.data.src
      picture.alt = this.data.label
      this._$.$$.append(picture)
    },
  },
  observers: {
    src(this: Self, src: string) {
      if (this.picture) this.picture.src = src
    },
  },
}
