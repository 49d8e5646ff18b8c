// What the pages do by themselves; everything they show comes from the server.
const seeker = document.getElementById("seeker")
const trouble = document.getElementById("trouble")
const text = document.body.dataset

function seek() {
  if (!seeker || seeker.open) return
  seeker.showModal()
  seeker.querySelector("input").select()
}

function open_side(side, yes) {
  side.classList.toggle("open", yes)
  if (yes) side.querySelector("a").focus()
}

document.addEventListener("click", event => {
  const at = event.target
  if (at.closest("[data-seek]")) seek()
  const opener = at.closest("[data-opens]"), closer = at.closest("[data-closes]")
  if (opener) open_side(document.getElementById(opener.dataset.opens), true)
  if (closer) open_side(document.getElementById(closer.dataset.closes), false)
  if (at.closest("[data-prints]")) print()
  const copied = at.closest("[data-copies]")
  if (copied) navigator.clipboard.writeText(copied.dataset.copies).then(() => { copied.textContent = copied.dataset.done })
  if (at === seeker) seeker.close()
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(at)) menu.open = false
})

document.addEventListener("keydown", event => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); seek() }
  if (event.key === "Escape") {
    if (seeker?.open) { event.preventDefault(); seeker.close() } // a search field would only empty itself
    for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus() }
    for (const side of document.querySelectorAll(".side.open")) open_side(side, false)
  }
  if (seeker?.open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault()
    const stops = [seeker.querySelector("input"), ...seeker.querySelectorAll(".hit")]
    const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)
    stops[Math.max(0, Math.min(stops.length - 1, next))].focus()
  }
  if (seeker?.open && event.key === "Enter" && document.activeElement.matches("#seeker input")) {
    const first = seeker.querySelector(".hit")
    if (first) { event.preventDefault(); first.click() }
  }
})

document.addEventListener("change", event => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit()
})

// Leaving a search field asks for nothing again: it was asked for while typing, and an open menu would close.
document.addEventListener("change", event => { if (event.target.type === "search") event.stopImmediatePropagation() }, true)

// A form that changes something is sent once.
document.addEventListener("submit", event => {
  const form = event.target
  if (form.method !== "post" || event.defaultPrevented) return
  if (form.dataset.sent) event.preventDefault()
  form.dataset.sent = "yes"
})
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent })

function complain(sentence, number, again) {
  trouble.replaceChildren(document.createTextNode(number ? `${sentence} ${text.number} ${number}` : sentence))
  const button = document.createElement("button")
  button.textContent = text.again
  button.onclick = () => { trouble.hidden = true; again() }
  trouble.append(button)
  trouble.hidden = false
}

const again = event => () => {
  const asked = event.detail.requestConfig
  htmx.ajax(asked.verb, asked.path, { source: event.detail.elt, target: event.detail.target, values: asked.parameters })
}
document.addEventListener("htmx:sendError", event => complain(text.lost, "", again(event)))
document.addEventListener("htmx:responseError", event =>
  complain(text.lost, event.detail.xhr.getResponseHeader("X-Request-Id"), again(event)))
document.addEventListener("htmx:afterRequest", event => { if (event.detail.successful && trouble) trouble.hidden = true })

// The camera, where the browser can read codes by itself.
const scan = document.querySelector("[data-scans]")
if (scan && "BarcodeDetector" in window && navigator.mediaDevices) {
  scan.hidden = false
  scan.onclick = async () => {
    const film = document.getElementById(scan.dataset.scans)
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } })
    film.srcObject = stream
    film.hidden = false
    await film.play()
    const reader = new BarcodeDetector({ formats: ["qr_code", "code_128"] })
    const look = async () => {
      const [seen] = await reader.detect(film)
      if (!seen) return requestAnimationFrame(look)
      for (const track of stream.getTracks()) track.stop()
      film.hidden = true
      const field = document.getElementById(film.dataset.fills)
      field.value = seen.rawValue
      field.form.requestSubmit()
    }
    look()
  }
}

// A photo is made small before it is sent; one that cannot be read goes as it is, and the server says what is wrong.
const LONGEST_SIDE = 1600
document.addEventListener("change", async event => {
  const field = event.target, [photo] = field.files ?? []
  if (!field.matches("[data-shrinks]") || !photo) return
  const picture = await createImageBitmap(photo).catch(() => null)
  if (!picture) return
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height))
  const sheet = document.createElement("canvas")
  sheet.width = Math.round(picture.width * scale)
  sheet.height = Math.round(picture.height * scale)
  sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height)
  const small = await new Promise(done => sheet.toBlob(done, "image/jpeg", 0.8))
  if (!small || small.size >= photo.size) return
  const sent = new DataTransfer()
  sent.items.add(new File([small], "photo.jpg", { type: "image/jpeg" }))
  field.files = sent.files
})
