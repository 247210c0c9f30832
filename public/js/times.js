const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const KEEP_EVERY_MS = 20_000

/** Relative times stay true while the page is open; on hover, the reader's own clock beside UTC. */
export function keepTimes() {
  const keep = () => document.querySelectorAll('time[datetime]').forEach(keepOne)
  keep()
  setInterval(keep, KEEP_EVERY_MS)
  document.addEventListener('refreshed', keep)
}

function keepOne(element) {
  const instant = new Date(element.dateTime)
  const iso = instant.toISOString()
  const utc = `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
  const local = instant.toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' })
  const relative = describeDistance(instant.getTime() - Date.now())
  if (element.dataset.show === 'exact') {
    element.title = `${relative}\n${local}`
  } else {
    element.title = `${local}\n${utc}`
    if (element.textContent !== relative) element.textContent = relative
  }
}

/** The words of src/web/when.ts. */
function describeDistance(aheadMs) {
  const distance = Math.abs(aheadMs)
  if (distance < 30_000) return 'just now'
  const [unitMs, unit] = unitFor(distance)
  const amount = `${Math.max(1, Math.round(distance / unitMs))} ${unit}`
  return aheadMs < 0 ? `${amount} ago` : `in ${amount}`
}

function unitFor(distanceMs) {
  if (distanceMs < 90 * MINUTE_MS) return [MINUTE_MS, 'min']
  return distanceMs < 2 * DAY_MS ? [HOUR_MS, 'h'] : [DAY_MS, 'd']
}
