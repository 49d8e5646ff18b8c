// Runs the pages of the mini-program in a browser, on WeChat's own component framework.
import { glassEasel, MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { h5Door } from '../doors/h5'
import { wechatDoor } from '../doors/wechat'
import { buttonDefinition } from './button'
import { imageDefinition } from './image'
import { inputDefinition } from './input'
import { Stack, type AppConfig, type PageConfig } from './stack'
import { wxOf } from './wx'

interface Told {
  app: AppConfig
  configs: Record<string, PageConfig>
  components: Record<string, string>
}
type Environment = Parameters<Parameters<typeof space.componentEnv>[1]>[0]

const env = new MiniProgramEnv()
const space = env.createCodeSpace('', true)
const backend = new glassEasel.CurrentWindowBackendContext()
let defining: Environment | null = null
let templates: Record<string, unknown> = {}

/** Start: place the globals that sources expect, define everything, open the page of the address. */
export function start(told: Told, compiled: Record<string, unknown>, app: () => void, units: () => void): void {
  templates = compiled
  window.dianyuanDoor ??= /MicroMessenger/i.test(navigator.userAgent) ? wechatDoor() : h5Door()
  backend.onEvent((target, type, detail, options) => glassEasel.triggerEvent(target, type, detail, options) as never)
  const associated = env.associateBackend(backend)
  const stack = new Stack(told.app, told.configs, (page) => associated.createRoot('wx-page', space, page))
  let options: Record<string, unknown> = {}
  Object.assign(globalThis, {
    wx: wxOf(stack),
    App: (given: Record<string, unknown>) => (options = given),
    getApp: () => options,
    Page: (given: never) => defining?.Page(given),
    Component: (given: never) => defining?.Component(given),
  })
  configure(told)
  units()
  app()
  ;(options.onLaunch as (() => void) | undefined)?.call(options)
  stack.begin()
}

/** Define one page or component; its script says what it is. */
export function define(unit: string, run: () => void): void {
  space.addCompiledTemplate(unit, { groupList: templates, content: templates[unit] } as never)
  space.componentEnv(unit, (environment) => {
    defining = environment
    run()
    defining = null
  })
}

function configure(told: Told): void {
  const usingComponents = Object.fromEntries(Object.entries(told.components).map(([tag, unit]) => [tag, `/${unit}`]))
  const tags = new Map(Object.entries(told.components).map(([tag, unit]) => [unit, tag]))
  for (const unit of Object.keys(told.configs)) {
    const tag = tags.get(unit)
    if (tag) space.addStyleSheet(unit, undefined, tag)
    space.addComponentStaticConfig(unit, { component: Boolean(tag), usingComponents })
  }
  const inner = space.getComponentSpace()
  for (const [tag, definition] of Object.entries({ input: inputDefinition, image: imageDefinition, button: buttonDefinition })) {
    space.addComponentStaticConfig(`host/${tag}`, { component: true })
    define(`host/${tag}`, () => (globalThis as unknown as { Component(given: unknown): void }).Component(definition))
    inner.setGlobalUsingComponent(`wx-${tag}`, inner.getComponentByUrlWithoutDefault(`host/${tag}`, '') as never)
  }
}
