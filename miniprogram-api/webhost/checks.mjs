// What a source may use. Whatever is not listed fails the build: the host would not play it, or WeChat would not.
export const TAGS = new Set(['block', 'button', 'canvas', 'image', 'input', 'slot', 'text', 'view'])
// openPrivacyContract is WeChat's own page: no browser has it, and canIUse says so.
export const WX = new Set([
  'canIUse', 'createSelectorQuery', 'getAccountInfoSync', 'getAppBaseInfo', 'getStorageSync', 'getWindowInfo', 'login', 'navigateBack',
  'navigateTo', 'openPrivacyContract', 'redirectTo', 'removeStorageSync', 'request', 'requestPayment', 'scanCode', 'setClipboardData',
  'setNavigationBarTitle', 'setStorageSync', 'setTabBarItem', 'showToast', 'stopPullDownRefresh', 'switchTab',
])
const CHINESE = /[\u3400-\u9fff]/
const CLASS_SELECTOR = /^(:host|page|\.[\w-]+)((:(active|empty|first-child|last-child|not\(:last-child\)))|::(before|after)|\s+|\s*[+>]\s*|\.[\w-]+|text|view)*$/

/** Say what is wrong with a template: unknown tags, inline styles, words that no translation reaches. */
export function* wxmlFaults(path, source, components) {
  const bare = source.replace(/<!--[\s\S]*?-->/g, '')
  for (const [, tag] of bare.matchAll(/<([a-zA-Z][\w-]*)/g)) {
    if (!TAGS.has(tag) && !components.has(tag)) yield `${path}: <${tag}> is not in the allow-list`
  }
  if (/\sstyle\s*=/.test(bare)) yield `${path}: style= would need a weaker Content-Security-Policy; use a class`
  if (CHINESE.test(bare)) yield `${path}: words belong into words/, where both languages are`
}

/** Say what is wrong with a script: calls of wx that the host does not play, words outside words/. */
export function* scriptFaults(path, source) {
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  for (const [, call] of code.matchAll(/\bwx\s*\.\s*(\w+)/g)) {
    if (!WX.has(call)) yield `${path}: wx.${call} is not in the allow-list`
  }
  if (/\bwx\s*\[/.test(code)) yield `${path}: wx[…] cannot be checked`
  if (!path.startsWith('words/') && CHINESE.test(code)) yield `${path}: words belong into words/, where both languages are`
}

/** Say which selectors of a style sheet are not scoped by a class. */
export function* styleFaults(path, selectors) {
  for (const selector of selectors) {
    if (!CLASS_SELECTOR.test(selector)) yield `${path}: the selector "${selector}" is not one of classes`
  }
}

/** Say which words one language lacks, or has with other places to fill in. */
export function* wordFaults(languages) {
  const [[first, source], ...others] = Object.entries(languages)
  const places = (sentence) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join()
  for (const [name, words] of others) {
    for (const key of new Set([...Object.keys(source), ...Object.keys(words)])) {
      if (!source[key]?.trim() || !words[key]?.trim()) yield `words: ${key} is missing in ${source[key]?.trim() ? name : first}`
      else if (places(source[key]) !== places(words[key])) yield `words: ${key} has other places in ${name}`
      else if (name === 'en' && key !== 'language_zh' && CHINESE.test(words[key])) yield `words: ${key} is not English`
    }
  }
}
