// The wall keeps itself fresh: it asks for what changed since its last look and puts that in its place.
const PERIOD = 3000
const pulse = document.getElementById("wall-pulse")
const drawer = document.getElementById("drawer")
const wall = document.getElementById("wall")
const tiles = () => document.getElementById("wall-tiles")

function put(fresh) {
  const known = document.getElementById(fresh.id)
  if (fresh.dataset.gone !== undefined) { known?.remove(); return true }
  if (!known) return false // it comes into view now: its place is the server's to say
  if (known.innerHTML === fresh.innerHTML) return true
  fresh.classList.add("changed", ...(known.classList.contains("here") ? ["here"] : []))
  known.replaceWith(fresh)
  return true
}

async function look() {
  const board = tiles()
  const asked = board.dataset.changes
  const answer = await fetch(`${asked}&since=${board.dataset.stamp}`, { headers: { "HX-Request": "true" } })
  if (answer.headers.get("HX-Redirect")) return location.reload()
  if (!answer.ok) throw new Error(answer.status)
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  if (tiles().dataset.changes !== asked) return // another part was asked for meanwhile
  const told = page.querySelector("[data-stamp]")
  const counts = told.querySelector("#wall-counts")
  if (counts) document.getElementById("wall-counts").replaceWith(counts)
  const rooms = [...told.querySelectorAll(".room, [data-gone]")]
  tiles().dataset.stamp = told.dataset.stamp
  if (rooms.map(put).includes(false)) htmx.ajax("GET", location.href, { target: "#wall", swap: "innerHTML" })
}

async function keep_looking() {
  if (!document.hidden) {
    try {
      await look()
      pulse.classList.remove("lost")
      pulse.removeAttribute("title")
    } catch {
      pulse.classList.add("lost")
      pulse.title = pulse.dataset.lost
    }
  }
  setTimeout(keep_looking, PERIOD)
}
setTimeout(keep_looking, PERIOD)

function mark(room) {
  for (const each of wall.querySelectorAll(".room.here")) each.classList.remove("here")
  if (room) room.classList.add("here")
}

function open_room(room) {
  const query = tiles().dataset.changes.split("?")[1]
  history.replaceState(null, "", `${location.pathname}?${query}&room=${room.id.slice("room-".length)}`)
  mark(room)
  drawer.hidden = false
  return htmx.ajax("GET", `${room.pathname}?${query}`, { target: "#drawer", swap: "innerHTML" })
}

function shut() {
  history.replaceState(null, "", `${location.pathname}?${tiles().dataset.changes.split("?")[1]}`)
  const was = wall.querySelector(".room.here")
  mark(null)
  drawer.hidden = true
  drawer.replaceChildren()
  was?.focus()
}

wall.addEventListener("click", event => {
  const room = event.target.closest(".room")
  if (!room || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  open_room(room).then(() => drawer.focus())
})
drawer.addEventListener("click", event => {
  if (event.target.closest("[data-shuts]")) { event.preventDefault(); shut() }
  const tab = event.target.closest("[role=tab]")
  if (tab) history.replaceState(null, "", tab.href)
})
// A room with several meters: arrows go from tab to tab, and htmx gives focus back to the one that was chosen.
drawer.addEventListener("keydown", event => {
  const tab = event.target.closest("[role=tab]")
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key]
  if (!tab) return
  if (event.key === " ") { event.preventDefault(); tab.click() }
  if (!step) return
  event.preventDefault()
  const tabs = [...tab.parentElement.children]
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]
  next.focus()
  next.click()
})
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !drawer.hidden && !document.querySelector("dialog[open], details.menu[open]")) shut()
})
const opened = new URLSearchParams(location.search).get("room")
if (opened) mark(document.getElementById(`room-${opened}`))
