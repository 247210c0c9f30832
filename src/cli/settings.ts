import type { Command } from 'commander'
import type { Column } from '../core/listing/column.js'
import { printable } from '../core/listing/printable.js'
import {
  listChangedSettings,
  parseSettingName,
  readSettings,
  resetSetting,
  SETTING_NAMES,
  SETTINGS,
  setSetting,
} from '../store/settings.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { warnOfOverload } from './overload.js'
import { must } from './pick.js'
import { withStore } from './with-store.js'

/** `ipspace settings list|get|set|reset`. */
export function settingsCommands(program: Command): void {
  const settings = program.command('settings').description('what can be tuned while it runs')
  addListOptions(settings.command('list').description('list the settings')).action(list)
  settings.command('get <name>').description('print one value').action(get)
  settings.command('set <name> <value>').description('set one').action(set)
  settings.command('reset <name>').description('set one back to its default').action(reset)
}

interface SettingRow {
  readonly name: string
  readonly value: number | string
  readonly standard: number | string
  readonly unit: string
  readonly changedAt: Date | undefined
  readonly help: string
}

const COLUMNS: readonly Column<SettingRow>[] = [
  { name: 'name', value: (row) => row.name },
  { name: 'value', value: (row) => row.value },
  { name: 'default', value: (row) => row.standard },
  { name: 'unit', value: (row) => row.unit },
  { name: 'changed_at', value: (row) => row.changedAt },
  { name: 'help', value: (row) => row.help },
]

async function list(options: ListOptions): Promise<void> {
  await withStore(async (store) => {
    const values = await readSettings(store)
    const changed = await listChangedSettings(store)
    const rows = SETTING_NAMES.map((name): SettingRow => {
      const { default: standard, unit, help } = SETTINGS[name]
      return { name, value: values[name], standard, unit, changedAt: changed.get(name), help }
    })
    await printList(rows, COLUMNS, options, '')
  })
}

async function get(text: string): Promise<void> {
  const name = must(parseSettingName(text))
  await withStore(async (store) => {
    process.stdout.write(`${printable(String((await readSettings(store))[name]))}\n`)
  })
}

async function set(text: string, value: string): Promise<void> {
  const name = must(parseSettingName(text))
  await withStore(async (store) => {
    const kept = must(await setSetting(store, name, value, new Date()))
    process.stdout.write(`${name} is ${printable(String(kept))}.\n`)
    await warnOfOverload(store)
  })
}

async function reset(text: string): Promise<void> {
  const name = must(parseSettingName(text))
  await withStore(async (store) => {
    const standard = await resetSetting(store, name)
    process.stdout.write(`${name} is ${standard === '' ? 'empty' : standard} again.\n`)
    await warnOfOverload(store)
  })
}
