/** `/` puts the cursor into the search box, unless somebody is writing. */
export function focusSearch() {
  const box = document.querySelector('#search')
  if (box === null) return
  document.addEventListener('keydown', (event) => {
    const isWriting = event.target.closest('input, select, textarea, [contenteditable]') !== null
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
    if (event.key !== '/' || isWriting || !isPlain) return
    event.preventDefault()
    box.focus()
    box.select()
  })
}
