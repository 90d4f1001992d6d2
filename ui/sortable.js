// A list whose items change places by dragging (mouse, pen, or a finger on the handle), by Alt+Up and Alt+Down, or by buttons.
// Words come in as data and are only ever written with textContent.
const memory = new WeakMap() // the list: how to send from the latest run, and whether an item is in the hand

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ol")
  const live = parentElement.querySelector("[aria-live]")
  const page = parentElement.ownerDocument ?? document
  list.setAttribute("aria-label", data.label)
  parentElement.querySelector(".how").textContent = data.how
  const kept = memory.get(list) ?? { busy: false }
  kept.send = (order) => setTriggerValue("moved", order)
  memory.set(list, kept)
  if (kept.busy) return // a rerun meanwhile must not take the item out of the hand

  const ids = () => [...list.children].map((item) => Number(item.dataset.id))
  const same = (one, other) => one.length === other.length && one.every((id, place) => id === other[place])
  const active = () => (parentElement.activeElement ?? page.activeElement)

  function told(id) {
    const order = ids()
    live.textContent = `Utterance ${data.items[id].name} is now at place ${order.indexOf(id) + 1} of ${order.length}.`
  }
  function numbered() {
    ids().forEach((id, place) => {
      const item = list.children[place]
      item.querySelector(".place").textContent = String(place + 1)
      item.querySelector(".up").disabled = place === 0
      item.querySelector(".down").disabled = place === data.items.length - 1
      item.classList.toggle("moved", id !== place)
    })
  }
  function send() {
    numbered()
    kept.send(ids())
  }
  function step(item, by, back) {
    const other = by < 0 ? item.previousElementSibling : item.nextElementSibling
    if (!other) return
    by < 0 ? item.after(other) : item.before(other) // the neighbour goes round it: what has the focus stays in the document
    told(Number(item.dataset.id))
    send()
    if (back?.disabled) item.focus()
    else (back ?? item).focus()
  }
  function button(item, way, sign, by) {
    const made = page.createElement("button")
    made.type = "button"
    made.className = way
    made.textContent = sign
    made.setAttribute("aria-label", `Move utterance ${data.items[item.dataset.id].name} ${way}`)
    made.onclick = () => step(item, by, made)
    return made
  }
  function part(name, text) {
    const made = page.createElement("span")
    made.className = name
    made.textContent = text
    return made
  }
  function made(one, id) {
    const item = page.createElement("li")
    item.dataset.id = String(id)
    item.tabIndex = 0
    const handle = part("handle", "⠿")
    handle.setAttribute("aria-hidden", "true")
    item.append(handle, part("place", ""), part(`who ${one.speaker === "user" ? "user" : "system"}`, one.letter), part("text", one.text),
      part("name", `no. ${one.name}`), button(item, "up", "▲", -1), button(item, "down", "▼", 1))
    item.onkeydown = (event) => {
      if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return
      event.preventDefault()
      step(item, event.key === "ArrowUp" ? -1 : 1)
    }
    item.onpointerdown = (event) => grabbed(item, event)
    return item
  }
  function grabbed(item, event) {
    if (event.button !== 0 || event.target.closest("button") || (event.pointerType === "touch" && !event.target.closest(".handle"))) return
    const before = ids()
    const moves = (at) => {
      if (!kept.busy && Math.abs(at.clientY - event.clientY) < 4) return
      kept.busy = true
      item.classList.add("dragged")
      const box = (other) => other.getBoundingClientRect()
      // The neighbours go round the dragged item, which stays in the document.
      for (let other = item.previousElementSibling; other && at.clientY < box(other).top + box(other).height / 2; other = item.previousElementSibling) {
        item.after(other)
      }
      for (let other = item.nextElementSibling; other && at.clientY > box(other).top + box(other).height / 2; other = item.nextElementSibling) {
        item.before(other)
      }
      numbered()
    }
    const ends = (dropped) => {
      page.removeEventListener("pointermove", moves)
      page.removeEventListener("pointerup", drops)
      page.removeEventListener("pointercancel", cancels)
      page.removeEventListener("keydown", escapes)
      item.classList.remove("dragged")
      const was = kept.busy
      kept.busy = false
      if (!dropped) placed(before)
      if (dropped && was && !same(before, ids())) {
        told(Number(item.dataset.id))
        send()
      }
    }
    const drops = () => ends(true)
    const cancels = () => ends(false)
    const escapes = (pressed) => pressed.key === "Escape" && ends(false)
    page.addEventListener("pointermove", moves)
    page.addEventListener("pointerup", drops)
    page.addEventListener("pointercancel", cancels)
    page.addEventListener("keydown", escapes)
  }
  function placed(order) {
    const items = new Map([...list.children].map((item) => [Number(item.dataset.id), item]))
    const held = active()?.closest?.("li")
    const part = active()
    order.forEach((id) => list.append(items.get(id)))
    if (held) part.focus()
    numbered()
  }

  const mark = JSON.stringify(data.items)
  if (list.dataset.mark !== mark) {
    list.replaceChildren(...data.items.map(made))
    list.dataset.mark = mark
    placed(data.order)
  } else if (!same(ids(), data.order)) {
    placed(data.order)
  } else {
    numbered()
  }
}
