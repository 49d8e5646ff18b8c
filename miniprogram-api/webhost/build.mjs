// Compile the native mini-program to static files with their hash in their name: node build.mjs [source] [out]
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import esbuild from 'esbuild'
import { scriptFaults, styleFaults, wordFaults, wxmlFaults } from './checks.mjs'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')
const HERE = path.dirname(fileURLToPath(import.meta.url))
const ROOT = path.resolve(process.argv[2] ?? path.join(HERE, '../miniprogram'))
const OUT = path.resolve(process.argv[3] ?? path.join(HERE, '../h5'))
const PACKAGE_LIMIT = 500_000
const FIRST_LOAD_LIMIT = 150_000
const MEDIA = ['electricity', 'water']
const faults = []
const read = (name) => fs.readFileSync(path.join(ROOT, name), 'utf8')
const json = (name) => JSON.parse(read(name))

const app = json('app.json')
const components = Object.fromEntries(
  Object.entries(app.usingComponents).map(([tag, place]) => [tag, place.replace(/^\//, '')]),
)
const units = [...app.pages, ...Object.values(components)]
const configs = Object.fromEntries(units.map((unit) => [unit, json(`${unit}.json`)]))

/** Compile all templates to one expression; a warning is a fault, because an unclosed tag is only a warning here. */
function templates() {
  const group = new TmplGroup()
  for (const unit of units) {
    const source = read(`${unit}.wxml`)
    faults.push(...wxmlFaults(`${unit}.wxml`, source, new Set(Object.keys(components))))
    const played = source.replace(/(<\/?)(button|image|input)(?=[\s>/])/g, '$1wx-$2').replace(/\baria-role=/g, 'role=')
    for (const warning of group.addTmpl(unit, played)) {
      faults.push(`${unit}.wxml:${warning.startLine}: ${warning.message}`)
    }
  }
  for (const [tag, inside] of Object.entries({ input: '', image: '', button: '<slot></slot>' })) group.addTmpl(`host/${tag}`, inside)
  return group.getTmplGenObjectGroups()
}

/** Give each style sheet the scope it has in WeChat: a page's own rules, a component's own classes. */
function styles() {
  const parts = [fs.readFileSync(path.join(HERE, 'host/base.css'), 'utf8'), scoped('app.wxss', (selector) => selector)]
  for (const page of app.pages) parts.push(scoped(`${page}.wxss`, (selector) => `[data-page="${page}"] ${selector}`))
  for (const [tag, unit] of Object.entries(components)) {
    parts.push(scoped(`${unit}.wxss`, (selector) => selector.replace(/\.([\w-]+)/g, `.${tag}--$1`).replace(/:host/g, tag)))
  }
  return esbuild.transformSync(parts.join('\n'), { loader: 'css', minify: true, target: 'chrome87' }).code
}

function scoped(name, scope) {
  if (!fs.existsSync(path.join(ROOT, name))) return ''
  const source = read(name)
    .replace(/@import\s+["']([^"']+)["'];/g, (_, other) => read(path.join(path.dirname(name), other)))
    .replace(/\/\*[\s\S]*?\*\//g, '')
  return source.replace(/([^{};]+)\{/g, (whole, prelude) => {
    if (/^\s*@/.test(prelude)) return whole
    if (/^\s*(from|to|[\d.]+%)/.test(prelude)) return whole
    const selectors = prelude.split(',').map((selector) => selector.trim())
    faults.push(...styleFaults(name, selectors))
    return selectors.map((selector) => scope(selector.replace(/^page\b/, 'wx-page'))).join(',') + '{'
  })
}

/** Bundle the pages with the host; each script runs when its page or component is defined. */
function script() {
  const define = (unit) => `define(${JSON.stringify(unit)}, () => require(${JSON.stringify(path.join(ROOT, unit))}))`
  const entry = `
    import { define, start } from ${JSON.stringify(path.join(HERE, 'host/main.ts'))}
    const told = ${JSON.stringify({ app, configs, components })}
    start(told, (${templates()}), () => require(${JSON.stringify(path.join(ROOT, 'app'))}), () => { ${units.map(define).join(';')} })`
  return bundle({ stdin: { contents: entry, resolveDir: HERE, loader: 'js' } })
}

function bundle(entry) {
  const place = { name: 'place', setup: (build) => build.onResolve({ filter: /\/place$/ }, () => ({ path: path.join(HERE, 'host/place.ts') })) }
  return esbuild.build({
    ...entry, bundle: true, write: false, format: 'iife', target: 'es2020', minify: true, legalComments: 'none',
    logLevel: 'error', nodePaths: [path.join(HERE, 'node_modules')], plugins: [place],
  }).then((built) => built.outputFiles[0].text)
}

function sources(folder = '') {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name)
    return entry.isDirectory() ? sources(name) : [name]
  })
}

async function checkScripts() {
  const scripts = sources().filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  for (const name of scripts) faults.push(...scriptFaults(name, read(name)))
  const words = await esbuild.build({
    stdin: { contents: 'export { zh } from "./words/zh"; export { en } from "./words/en"; export * from "./words/water"', resolveDir: ROOT },
    bundle: true, write: false, format: 'esm',
  })
  const { zh, en, wordsOfMedium } = await import(`data:text/javascript,${encodeURIComponent(words.outputFiles[0].text)}`)
  for (const medium of MEDIA) faults.push(...wordFaults({ zh: wordsOfMedium(zh, medium), en: wordsOfMedium(en, medium) }))
}

function keep(name, content) {
  const at = name.lastIndexOf('.')
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10)
  const hashed = `${name.slice(0, at)}.${hash}${name.slice(at)}`
  fs.writeFileSync(path.join(OUT, hashed), content)
  return [name, hashed]
}

async function main() {
  await checkScripts()
  const icons = app.tabBar.list.flatMap((tab) => [tab.iconPath, tab.selectedIconPath])
  fs.rmSync(OUT, { recursive: true, force: true })
  fs.mkdirSync(OUT, { recursive: true })
  // Within the script, so that they are there when the network is not.
  app.icons = Object.fromEntries(icons.map((icon) => [icon, `data:image/png;base64,${fs.readFileSync(path.join(ROOT, icon), 'base64')}`]))
  const files = Object.fromEntries([
    keep('app.js', await script()),
    keep('app.css', styles()),
    keep('test-door.js', await bundle({ entryPoints: [path.join(HERE, 'doors/test.ts')] })),
    keep('account-door.js', await bundle({ entryPoints: [path.join(HERE, 'doors/account.ts')] })),
    keep('demo.js', await bundle({ entryPoints: [path.join(HERE, 'demo/demo.ts')] })),
    keep('demo.css', fs.readFileSync(path.join(HERE, 'demo/demo.css'))),
  ])
  if (faults.length) fail(faults)
  page('index.html', 'host/index.html', files)
  page('demo.html', 'demo/demo.html', files)
  page('phone.html', 'demo/door.html', { ...files, door: files['test-door.js'] })
  page('account.html', 'demo/door.html', { ...files, door: files['account-door.js'] })
  report(files)
}

function page(name, source, files) {
  const html = fs.readFileSync(path.join(HERE, source), 'utf8')
  fs.writeFileSync(path.join(OUT, name), html.replace(/\{\{(.+?)\}\}/g, (_, file) => files[file]))
}

function report(files) {
  const size = (list, measure) => list.reduce((sum, content) => sum + measure(content), 0)
  const native = sources().filter((name) => !/\.d\.ts$|^project\.|^tsconfig/.test(name)).map((name) => fs.readFileSync(path.join(ROOT, name)))
  const first = ['index.html', files['app.js'], files['app.css']].map((name) => fs.readFileSync(path.join(OUT, name)))
  const packed = size(native, (content) => content.length)
  const loaded = size(first, (content) => gzipSync(content).length)
  console.log(`mini-program ${packed.toLocaleString()} bytes of sources (limit ${PACKAGE_LIMIT.toLocaleString()}), ${app.pages.length} pages, ${Object.keys(components).length} components`)
  console.log(`H5 first load ${loaded.toLocaleString()} bytes gzipped (limit ${FIRST_LOAD_LIMIT.toLocaleString()})`)
  if (packed > PACKAGE_LIMIT || loaded > FIRST_LOAD_LIMIT) fail(['too large'])
}

function fail(sentences) {
  console.error(sentences.join('\n'))
  process.exit(1)
}

await main()
