// Runs before the first paint: who chose no theme gets the one of their system.
const page = document.documentElement
if (!page.dataset.bsTheme) page.dataset.bsTheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"
