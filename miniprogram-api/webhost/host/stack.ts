// The stack of pages, in step with the browser's history: a page's address is its hash.
export interface PageConfig {
  navigationBarTitleText?: string
  enablePullDownRefresh?: boolean
}
export interface AppConfig {
  pages: string[]
  window: PageConfig
  tabBar: { list: { pagePath: string; text: string; iconPath: string; selectedIconPath: string }[] }
  icons: Record<string, string>
}
interface Lives {
  onLoad?(query: Record<string, string>): void
  onShow?(): void
  onReady?(): void
  onHide?(): void
  onUnload?(): void
  onPullDownRefresh?(): void
  onReachBottom?(): void
}
export interface Root {
  get(): unknown
  attach(parent: never, placeholder: never): void
  release(): void
}
interface Layer {
  route: string
  box: HTMLElement
  title: HTMLElement
  root: Root
  page: Lives
  pulled(there: boolean): void
}

const NEAR_BOTTOM = 120
const PULL_FAR = 70

export class Stack {
  private layers: Layer[] = []
  private readonly tabs = new Map<string, Layer>()
  private readonly tabTexts: string[]
  private afterPop: (() => void) | null = null

  constructor(
    private readonly app: AppConfig,
    private readonly configs: Record<string, PageConfig>,
    private readonly create: (page: string) => Root,
  ) {
    this.tabTexts = app.tabBar.list.map((tab) => tab.text)
    addEventListener('popstate', () => this.popped())
    swallowGhostClicks()
    document.addEventListener('visibilitychange', () => (document.hidden ? this.top?.page.onHide?.() : this.top?.page.onShow?.()))
  }

  get top(): Layer | undefined {
    return this.layers[this.layers.length - 1]
  }

  /** Open the page of the address, or the first one. */
  begin(): void {
    const asked = location.hash.replace(/^#\//, '')
    const url = this.configs[routeOf(asked)] && this.app.pages.includes(routeOf(asked)) ? asked : this.app.pages[0]!
    history.replaceState({ depth: 0 }, '', `#/${url}`)
    this.push(url)
  }

  navigateTo(url: string): void {
    history.pushState({ depth: this.layers.length }, '', `#/${plain(url)}`)
    this.push(plain(url))
  }

  redirectTo(url: string): void {
    history.replaceState({ depth: this.layers.length - 1 }, '', `#/${plain(url)}`)
    this.drop()
    this.push(plain(url))
  }

  navigateBack(): void {
    if (this.layers.length > 1) history.back()
    else this.switchTab(this.app.pages[0]!)
  }

  /** Leave every page above the tabs; tabs stay as they were left. */
  switchTab(url: string): void {
    const home = () => {
      history.replaceState({ depth: 0 }, '', `#/${plain(url)}`)
      while (this.layers.length) this.drop()
      this.push(plain(url))
    }
    if (this.layers.length === 1) return home()
    this.afterPop = home
    history.go(1 - this.layers.length)
  }

  setTitle(title: string): void {
    if (this.top) this.top.title.textContent = title
    document.title = title
  }

  setTab(index: number, text: string): void {
    this.tabTexts[index] = text
    document.querySelectorAll(`.wx-tabs > a:nth-child(${index + 1}) > span`).forEach((span) => (span.textContent = text))
  }

  stopPull(): void {
    for (const layer of this.layers) layer.pulled(false)
  }

  private popped(): void {
    if (this.afterPop) {
      const then = this.afterPop
      this.afterPop = null
      return then()
    }
    const state = history.state as { depth: number } | null
    if (!state) return location.reload() // an address was typed or followed, not reached by our own steps
    const { depth } = state
    if (depth >= this.layers.length) return this.push(location.hash.replace(/^#\//, ''))
    while (this.layers.length > depth + 1) this.drop()
    this.show()
  }

  private push(url: string): void {
    const route = routeOf(url)
    this.top?.page.onHide?.()
    if (this.top) this.top.box.hidden = true
    const kept = this.tabs.get(route)
    if (kept) {
      this.layers.push(kept)
      return this.show()
    }
    const layer = this.build(route)
    this.layers.push(layer)
    if (this.isTab(route)) this.tabs.set(route, layer)
    layer.page.onLoad?.(Object.fromEntries(new URLSearchParams(url.split('?')[1] ?? '')))
    layer.page.onShow?.()
    requestAnimationFrame(() => layer.page.onReady?.())
  }

  private drop(): void {
    const layer = this.layers.pop()
    if (!layer) return
    if (this.isTab(layer.route)) {
      layer.page.onHide?.()
      layer.box.hidden = true
      return
    }
    layer.page.onUnload?.()
    layer.root.release()
    layer.box.remove()
  }

  private show(): void {
    const top = this.top
    if (!top) return
    top.box.hidden = false
    document.title = top.title.textContent ?? ''
    top.page.onShow?.()
  }

  private isTab(route: string): boolean {
    return this.app.tabBar.list.some((tab) => tab.pagePath === route)
  }

  private build(route: string): Layer {
    const box = element('div', 'wx-layer', document.body)
    box.dataset.page = route
    const bar = element('header', 'wx-nav', box)
    const back = element('button', this.isTab(route) ? '' : 'wx-there', bar)
    back.setAttribute('aria-label', '返回 Back')
    back.addEventListener('click', () => this.navigateBack())
    const title = element('h1', '', bar)
    title.textContent = this.configs[route]?.navigationBarTitleText ?? this.app.window.navigationBarTitleText ?? ''
    const scroll = element('main', 'wx-scroll', box)
    const pull = element('div', 'wx-pull', scroll)
    pull.textContent = '· · ·'
    const hole = element('span', '', scroll)
    const root = this.create(route)
    root.attach(scroll as never, hole as never)
    if (this.isTab(route)) this.addTabs(box, route)
    const pulled = (there: boolean) => pull.classList.toggle('wx-there', there)
    const layer: Layer = { route, box, title, root, page: root.get() as Lives, pulled }
    this.followScroll(layer, scroll)
    return layer
  }

  private addTabs(box: HTMLElement, route: string): void {
    const bar = element('nav', 'wx-tabs', box)
    this.app.tabBar.list.forEach((tab, index) => {
      const link = element('a', '', bar) as HTMLAnchorElement
      const here = tab.pagePath === route
      link.href = `#/${tab.pagePath}`
      if (here) link.setAttribute('aria-current', 'page')
      const icon = element('img', '', link) as HTMLImageElement
      icon.src = this.app.icons[here ? tab.selectedIconPath : tab.iconPath] ?? ''
      icon.alt = ''
      element('span', '', link).textContent = this.tabTexts[index] ?? ''
      link.addEventListener('click', (event) => {
        event.preventDefault()
        if (!here) this.switchTab(tab.pagePath)
      })
    })
  }

  private followScroll(layer: Layer, scroll: HTMLElement): void {
    let [from, told] = [0, 0]
    scroll.addEventListener('scroll', () => {
      const left = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight
      if (left > NEAR_BOTTOM) told = 0 // whoever scrolls up and down again tries again
      if (left > NEAR_BOTTOM || told === scroll.scrollHeight) return
      told = scroll.scrollHeight
      layer.page.onReachBottom?.()
    })
    if (!this.configs[layer.route]?.enablePullDownRefresh) return
    scroll.addEventListener('touchstart', (event) => (from = scroll.scrollTop > 0 ? Infinity : event.touches[0]!.clientY), { passive: true })
    scroll.addEventListener('touchend', (event) => {
      if (event.changedTouches[0]!.clientY - from < PULL_FAR) return
      layer.pulled(true)
      layer.page.onPullDownRefresh?.()
    })
  }
}

/** A tap that opens a page is followed by a click at the same place, which would press what lies there now. */
function swallowGhostClicks(): void {
  const layerOf = (event: Event) => (event.target as Element).closest('.wx-layer')
  let touched: Element | null | undefined
  document.addEventListener('touchstart', (event) => (touched = layerOf(event)), { capture: true, passive: true })
  document.addEventListener('click', (event) => {
    const ghost = touched !== undefined && touched !== layerOf(event)
    touched = undefined
    if (!ghost) return
    event.stopPropagation()
    event.preventDefault()
  }, { capture: true })
}

function element(tag: string, name: string, parent: HTMLElement): HTMLElement {
  const made = document.createElement(tag)
  if (name) made.className = name
  parent.append(made)
  return made
}

const plain = (url: string) => url.replace(/^\//, '')
const routeOf = (url: string) => plain(url).split('?')[0]!
