import { closeMenus } from './menus.js'
import { showReadouts } from './readout.js'
import { refreshAfterSweeps } from './refresh.js'
import { focusSearch } from './search.js'
import { keepTimes } from './times.js'

focusSearch()
closeMenus()
keepTimes()
showReadouts()
refreshAfterSweeps()
