/** The person's menu closes by Escape and by a click elsewhere; its choices apply at once. */
export function closeMenus() {
  const menu = document.querySelector('#person')
  if (menu === null) return
  document.addEventListener('click', (event) => {
    if (!menu.contains(event.target)) menu.open = false
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return
    menu.open = false
    menu.querySelector('summary').focus()
  })
  const look = menu.querySelector('form.look')
  look.querySelector('button').hidden = true
  look.addEventListener('change', () => look.requestSubmit())
}
