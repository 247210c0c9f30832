import { cite } from '../core/address/cite.js'
import type { Parsed } from '../core/address/ip.js'
import type { Db } from './pool.js'

interface NumberSetting {
  readonly kind: 'number'
  readonly default: number
  readonly unit: string
  readonly min: number
  readonly max: number
  readonly help: string
}

interface TextSetting {
  readonly kind: 'text'
  readonly default: string
  readonly unit: string
  /** Of characters. */
  readonly min: number
  readonly max: number
  readonly help: string
}

type Setting = NumberSetting | TextSetting

/** Everything that an administrator tunes while the product runs. */
export const SETTINGS = {
  'scan.packets_per_second': wholeNumber(
    2_000,
    'packets per second',
    1,
    1_000_000,
    'the most that one engine sends for all its networks together',
  ),
  'scan.network_packets_per_second': wholeNumber(
    500,
    'packets per second',
    1,
    1_000_000,
    'the rate of a network that is added without one',
  ),
  'scan.dark_hours': wholeNumber(
    24,
    'hours',
    0,
    8_760,
    'how long a network in which everything fell silent is held before it is believed and counted',
  ),
  'os.per_hour': wholeNumber(
    60,
    'addresses',
    0,
    100_000,
    'how many addresses an hour are asked for their operating system; 0 asks none',
  ),
  'os.retry_days': wholeNumber(
    7,
    'days',
    1,
    3_650,
    'how long an address is left alone whose operating system could not be told',
  ),
  'os.recheck_days': wholeNumber(
    30,
    'days',
    1,
    3_650,
    'how long a recognised operating system is believed before it is checked again',
  ),
  'presence.keep_days': wholeNumber(
    400,
    'days',
    2,
    36_500,
    'how long the presence of each address in each slot is kept',
  ),
  'names.resolvers': text(
    '',
    200,
    'the DNS servers that names are asked of, such as "10.0.0.53, 10.0.0.54:5353"; empty: those of this machine',
  ),
  'names.rate': wholeNumber(
    1_000,
    'questions per second',
    1,
    100_000,
    'the most that each resolver is asked, and all addresses together over NetBIOS and mDNS',
  ),
  'names.min_age_seconds': wholeNumber(
    900,
    'seconds',
    60,
    604_800,
    'a name is not asked for again sooner, however short its TTL',
  ),
  'names.max_age_seconds': wholeNumber(
    86_400,
    'seconds',
    300,
    2_592_000,
    'a name is asked for again after this at the latest, however long its TTL',
  ),
  'names.ask_hosts': wholeNumber(
    1,
    '(1 is yes, 0 is no)',
    0,
    1,
    'whether a host without a DNS name is asked itself, over NetBIOS and mDNS',
  ),
  'names.source_order': text(
    'snmp, dns, netbios, mdns, agent',
    64,
    'whose name for an address is believed first',
  ),
  'names.generic': text(
    '{ip}, dhcp-*, dyn-*, dynamic-*, pool-*, localhost, localhost.*',
    200,
    'names that say nothing, left out of the duplicates: * is any text, {ip} the address itself in the name',
  ),
  contact: text('', 200, 'whom to ask about the sweeps, as the notice for colleagues says'),
} as const

export type SettingName = keyof typeof SETTINGS
export type Settings = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends NumberSetting ? number : string
}

/** All settings: what was set where it is still within its bounds, else the default. */
export async function readSettings(db: Db): Promise<Settings> {
  const rows = await db.query<{ name: string; value: string }>('SELECT name, value FROM setting')
  const set = new Map(rows.map((row) => [row.name, row.value]))
  const entries = SETTING_NAMES.map((name) => {
    const parsed = parseSetting(name, set.get(name) ?? String(SETTINGS[name].default))
    return [name, parsed.ok ? parsed.value : SETTINGS[name].default]
  })
  return Object.freeze(Object.fromEntries(entries)) as Settings
}

export async function getSetting<N extends SettingName>(db: Db, name: N): Promise<Settings[N]> {
  return (await readSettings(db))[name]
}

/** Which settings were set by somebody, and when. */
export async function listChangedSettings(db: Db): Promise<Map<string, Date>> {
  const rows = await db.query<{ name: string; changed_at: Date }>(
    'SELECT name, changed_at FROM setting',
  )
  return new Map(rows.map((row) => [row.name, row.changed_at]))
}

/** Keeps a value that is within its bounds, and answers it; the error names the bounds. */
export async function setSetting(
  db: Db,
  name: SettingName,
  value: string,
  now: Date,
): Promise<Parsed<number | string>> {
  const parsed = parseSetting(name, value)
  if (parsed.ok) {
    await db.run(
      `INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)
       ON DUPLICATE KEY UPDATE value = VALUES(value), changed_at = VALUES(changed_at)`,
      [name, String(parsed.value), now],
    )
  }
  return parsed
}

/** Back to the default, which it answers. */
export async function resetSetting(db: Db, name: SettingName): Promise<number | string> {
  await db.run('DELETE FROM setting WHERE name = ?', [name])
  return SETTINGS[name].default
}

export const SETTING_NAMES = Object.keys(SETTINGS).sort() as readonly SettingName[]

export function parseSettingName(text: string): Parsed<SettingName> {
  const name = SETTING_NAMES.find((known) => known === text.trim())
  return name === undefined
    ? { ok: false, error: `${cite(text)} is no setting: choose ${SETTING_NAMES.join(', ')}` }
    : { ok: true, value: name }
}

function parseSetting(name: SettingName, input: string): Parsed<number | string> {
  const setting: Setting = SETTINGS[name]
  const value = input.trim()
  if (setting.kind === 'text') {
    const isFit = value.length <= setting.max && !/\p{Cc}/u.test(value)
    return isFit
      ? { ok: true, value }
      : { ok: false, error: `${name} takes one line of at most ${setting.max} characters` }
  }
  const isFit =
    /^[0-9]{1,9}$/.test(value) && Number(value) >= setting.min && Number(value) <= setting.max
  return isFit
    ? { ok: true, value: Number(value) }
    : {
        ok: false,
        error: `${name} takes a whole number of ${setting.unit} from ${setting.min} to ${setting.max}, not ${cite(input)}`,
      }
}

function wholeNumber(
  standard: number,
  unit: string,
  min: number,
  max: number,
  help: string,
): NumberSetting {
  return { kind: 'number', default: standard, unit, min, max, help }
}

function text(standard: string, max: number, help: string): TextSetting {
  return { kind: 'text', default: standard, unit: 'text', min: 0, max, help }
}
