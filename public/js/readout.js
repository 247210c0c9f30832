/** Over a large strip: the exact slot under the pointer, read from the table of the same figures. */
export function showReadouts() {
  for (const readout of document.querySelectorAll('.readout')) {
    readout.textContent = 'Point at the strip to read a slot.'
  }
  document.addEventListener('pointermove', (event) => {
    const strip = event.target.closest?.('[data-readout] .strip')
    if (strip) describe(strip, event.clientX)
  })
}

function describe(strip, x) {
  const { left, width } = strip.getBoundingClientRect()
  const slot = Math.min(287, Math.max(0, Math.floor((288 * (x - left)) / width)))
  const cell = document.querySelectorAll('.slots tbody td')[slot]
  const readout = strip.closest('[data-readout]').querySelector('.readout')
  if (!cell || !readout) return
  const { percent, active, total } = cell.dataset
  const clock = `${pad(Math.floor(slot / 12))}:${pad((slot % 12) * 5)}`
  readout.textContent =
    total === '0' ? `${clock} not asked` : `${clock} answered ${active} of ${total}, ${percent} %`
}

function pad(number) {
  return String(number).padStart(2, '0')
}
