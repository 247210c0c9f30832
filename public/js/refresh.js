const ASK_EVERY_MS = 10_000
/** The address table in memory is a second or two behind the sweeps. */
const SETTLE_MS = 2_500
const HEADERS = { 'X-Ipspace-Refresh': '1' }

/**
 * When another sweep has ended, takes the new figures of this page and puts them where the old ones
 * are: every element marked data-live, by its id. Nothing else moves; what is focused, opened or
 * selected stays so.
 */
export function refreshAfterSweeps() {
  const main = document.querySelector('main[data-refreshes]')
  if (main === null) return
  const status = document.querySelector('#live')
  const ask = async () => {
    if (document.hidden || isSelecting()) return
    try {
      const pulse = await fetch('/sweeps/last', { headers: HEADERS })
      if (pulse.status === 401) return stop('You are logged out: reload to log in again.')
      if (!pulse.ok) return tell('The server does not answer; the figures are of before.')
      const last = (await pulse.json())[main.dataset.follows] ?? ''
      if (last !== main.dataset.refreshes) await replaceFigures(main)
      tell('')
    } catch {
      tell('The server does not answer; the figures are of before.')
    }
  }
  const timer = setInterval(ask, ASK_EVERY_MS)
  const tell = (text) => {
    if (status.textContent !== text) status.textContent = text
  }
  const stop = (text) => {
    clearInterval(timer)
    tell(text)
  }
  document.addEventListener('visibilitychange', ask)
}

async function replaceFigures(main) {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const answer = await fetch(location.href, { headers: HEADERS })
  if (!answer.ok || answer.redirected) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const freshMain = fresh.querySelector('main[data-refreshes]')
  if (freshMain === null) return
  for (const old of document.querySelectorAll('[data-live][id]')) {
    const next = fresh.getElementById(old.id)
    if (next !== null && next.outerHTML !== old.outerHTML) replaceOne(old, next)
  }
  replaceRows(fresh)
  main.dataset.refreshes = freshMain.dataset.refreshes
  const footer = document.querySelector('#freshness')
  footer.replaceWith(document.adoptNode(fresh.querySelector('#freshness')))
  document.dispatchEvent(new Event('refreshed'))
}

function replaceOne(old, next) {
  const focused = old.contains(document.activeElement) ? pathTo(old, document.activeElement) : null
  const adopted = document.adoptNode(next)
  for (const details of old.querySelectorAll('details[open][id]')) {
    adopted.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute('open', '')
  }
  old.replaceWith(adopted)
  if (focused !== null) follow(adopted, focused)?.focus({ preventScroll: true })
}

/** The table of slots lies in a <details>, which stays as it is; only its cells are new. */
function replaceRows(fresh) {
  const old = document.querySelector('.slots tbody')
  const next = fresh.querySelector('.slots tbody')
  if (old !== null && next !== null) old.replaceWith(document.adoptNode(next))
}

function pathTo(root, element) {
  const path = []
  for (let at = element; at !== root; at = at.parentElement) {
    path.unshift([...at.parentElement.children].indexOf(at))
  }
  return path
}

function follow(root, path) {
  return path.reduce((at, index) => at?.children[index], root)
}

function isSelecting() {
  const selection = document.getSelection()
  return selection !== null && !selection.isCollapsed
}
