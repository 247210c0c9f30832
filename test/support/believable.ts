import { formatIp, type Ip, parseIp } from '../../src/core/address/ip.js'
import { IpSet } from '../../src/core/address/ip-set.js'
import { emptyPair, sum } from '../../src/core/uptime/counters.js'
import { foldDay } from '../../src/core/uptime/fold.js'
import { type SlotBits, transposeDay } from '../../src/core/uptime/presence.js'
import {
  type Day,
  dayOf,
  instantOf,
  localSlots,
  SLOTS_PER_DAY,
  slotOf,
} from '../../src/core/uptime/slot.js'
import { keepCounters } from '../../src/store/counters.js'
import type { Store, Value } from '../../src/store/pool.js'
import { keepDay, raiseBits } from '../../src/store/presence.js'

/** How a host spends its day: the chance that it answers at an hour of a weekday (1) or a weekend (0). */
const HABITS = {
  always: () => 0.999,
  office: (hour, isWeekday) => (isWeekday === 1 && hour >= 8 && hour < 18 ? 0.93 : 0.02),
  shifts: (hour, isWeekday) => (hour >= 6 && hour < 22 ? (isWeekday === 1 ? 0.85 : 0.3) : 0.05),
  backup: (hour) => (hour >= 2 && hour < 3 ? 0.97 : 0),
  flaky: (hour) => 0.4 + 0.35 * Math.sin((hour / 24) * 2 * Math.PI),
  dead: () => 0,
} as const satisfies Record<string, (hour: number, isWeekday: number) => number>
type Habit = keyof typeof HABITS

export interface Host {
  readonly ip: string
  readonly hostname?: string
  readonly habit: Habit
  readonly notes?: string
  readonly mac?: number
}

export interface BelievableNetwork {
  readonly range: readonly [string, string, number | null]
  readonly name: string
  readonly notes?: string
  readonly sweepMinutes?: number
  readonly hosts: readonly Host[]
}

const DAYS = 33
/** How many slots ago: half an hour of our own outage, and a sweep that came too late. */
const BLIND_SLOTS_AGO = [60, 61, 62, 63, 64, 65]
const MISSED_SLOTS_AGO = 150

/**
 * Fills a database as a month of sweeps up to `now` would have: networks, addresses, counters, bits
 * of closed and open days, and the last two days' sweeps. All networks lie in one /24 block each.
 */
export async function fillBelievably(
  store: Store,
  networks: readonly BelievableNetwork[],
  now: Date,
  timeZone = 'Europe/Berlin',
): Promise<void> {
  await store.run("INSERT IGNORE INTO site (name, time_zone, created_at) VALUES ('main', ?, ?)", [
    timeZone,
    now,
  ])
  for (const network of networks) await fillNetwork(store, network, now, timeZone)
}

/** Three networks with 300 hosts and a habit for each of them. */
export function believableNetworks(): BelievableNetwork[] {
  return [
    {
      range: ['10.20.0.0', '10.20.0.255', 24],
      name: 'Servers',
      notes: 'Rack 1 to 4. Call the data centre before adding probes.',
      hosts: Array.from({ length: 90 }, (_, index) => ({
        ip: `10.20.0.${index + 1}`,
        hostname: `${['db', 'web', 'mail', 'file', 'ci'][index % 5]}-${Math.floor(index / 5) + 1}.dc.example.net`,
        habit: index % 11 === 7 ? 'backup' : index % 23 === 5 ? 'dead' : 'always',
        mac: 0x0050_5600_0000 + index * 517,
      })),
    },
    {
      range: ['10.20.1.0', '10.20.1.255', 24],
      name: 'Office Berlin',
      hosts: Array.from({ length: 180 }, (_, index) => ({
        ip: `10.20.1.${index + 10}`,
        ...(index % 6 === 4
          ? {}
          : { hostname: `pc-${String(index + 1).padStart(3, '0')}.office.example.net` }),
        habit:
          index % 9 === 8
            ? 'dead'
            : index % 17 === 3
              ? 'flaky'
              : index % 7 === 2
                ? 'shifts'
                : 'office',
      })),
    },
    {
      range: ['10.20.2.16', '10.20.2.79', null],
      name: 'Lab',
      sweepMinutes: 15,
      hosts: Array.from({ length: 30 }, (_, index) => ({
        ip: `10.20.2.${index + 20}`,
        hostname: `bench-${index + 1}.lab.example.net`,
        habit: (['flaky', 'shifts', 'dead'] as const)[index % 3]!,
      })),
    },
  ]
}

async function fillNetwork(
  store: Store,
  network: BelievableNetwork,
  now: Date,
  timeZone: string,
): Promise<void> {
  const { range, name, notes = '', sweepMinutes = 5, hosts } = network
  const whole = { first: ip(range[0]), last: ip(range[1]) }
  const { insertId: networkId } = await store.run(
    `INSERT INTO network (site_id, first, last, prefix_length, name, notes, sweep_minutes,
       packets_per_second, created_at) VALUES (1, ?, ?, ?, ?, ?, ?, 500, ?)`,
    [whole.first, whole.last, range[2], name, notes, sweepMinutes, now],
  )
  const chance = dice(networkId * 7_919)
  const today = dayOf(now)
  const asked = IpSet.ofRanges(whole, [whole])
  const block = whole.first >>> 8
  const kept = hosts.map((host) => ({
    host,
    offset: ip(host.ip) & 255,
    pair: emptyPair(),
    sums: { active: 0, total: 0 },
    firstSeen: undefined as Date | undefined,
    lastActive: undefined as Date | undefined,
  }))
  for (let day = (today - DAYS) as Day; day <= today; day++) {
    const local = localSlots(day as Day, timeZone)
    const slots: SlotBits[] = []
    const lastSlot = day === today ? slotOf(now) : SLOTS_PER_DAY - 1
    for (let slot = 0; slot <= lastSlot; slot += sweepMinutes / 5) {
      const at = instantOf(day as Day, slot)
      const state = stateAt((today - day) * SLOTS_PER_DAY + slotOf(now) - slot)
      const seen = new IpSet(whole)
      for (const one of kept) {
        const isWeekday = [0, 6].includes(at.getUTCDay()) ? 0 : 1
        const died = one.host.habit === 'dead' && day < today - 12
        const habit = HABITS[died ? 'office' : one.host.habit]
        if (chance() < habit(local[slot]! / 12, isWeekday)) seen.add(ip(one.host.ip))
      }
      const isRecent = day >= today - 1
      if (isRecent) {
        await enterSweep(store, networkId, whole, at, state, {
          asked: asked.size,
          alive: seen.size,
        })
      }
      if (state !== 'counted') continue
      slots.push({ slot, seen: seen.blockWords(block), asked: asked.blockWords(block) })
      for (const one of kept) {
        if (!seen.has(ip(one.host.ip))) continue
        one.firstSeen ??= at
        one.lastActive = at
      }
    }
    const bits = transposeDay(slots)
    if (day === today) {
      await raiseBits(
        store,
        slots.map((slot) => ({ ...slot, siteId: 1, block, day: day as Day })),
      )
    } else {
      await keepDay(store, 1, block, day as Day, bits)
    }
    for (const one of kept) {
      if (one.firstSeen === undefined) continue
      const from = dayOf(one.firstSeen) === day ? slotOf(one.firstSeen) : 0
      const target = day === today ? emptyPair() : one.pair
      const added = foldDay(bits, one.offset, from, local, target)
      one.sums.active += added.active
      one.sums.total += added.total
    }
  }
  await keepCounters(
    store,
    kept.map((one) => ({
      siteId: 1,
      ip: ip(one.host.ip),
      ...one.pair,
      foldedThrough: (today - 1) as Day,
    })),
  )
  for (const one of kept) {
    if (one.firstSeen === undefined || sum(one.pair.total) === 0) continue
    await enterAddress(store, one.host, one.firstSeen, one.lastActive!, one.sums, now)
  }
}

function stateAt(slotsAgo: number): 'counted' | 'blind' | 'missed' {
  if (BLIND_SLOTS_AGO.includes(slotsAgo)) return 'blind'
  return slotsAgo === MISSED_SLOTS_AGO ? 'missed' : 'counted'
}

async function enterSweep(
  store: Store,
  networkId: number,
  range: { readonly first: number; readonly last: number },
  slotAt: Date,
  state: 'counted' | 'blind' | 'missed',
  figures: { readonly asked: number; readonly alive: number },
): Promise<void> {
  const isCounted = state === 'counted'
  const reasons = {
    counted: null,
    blind: 'the link eth0 is down: nothing can be sent, so nothing was counted',
    missed: 'the sweep before it was still running: raise its rate or its interval',
  }
  const finished = new Date(slotAt.getTime() + 9_400)
  await store.run(
    `INSERT INTO sweep (site_id, network_id, part, slot_at, first, last, engine, token, state,
       deadline, started, finished, asked, alive, \`new\`, packets, error)
     VALUES (1, ?, 0, ?, ?, ?, 'scan-1', UUID(), ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    [
      networkId,
      slotAt,
      range.first,
      range.last,
      state,
      finished,
      new Date(slotAt.getTime() + 400),
      finished,
      isCounted ? figures.asked : 0,
      isCounted ? figures.alive : 0,
      isCounted ? Math.round(figures.asked * 1.03) : 0,
      reasons[state],
    ],
  )
}

async function enterAddress(
  store: Store,
  host: Host,
  firstSeen: Date,
  lastActive: Date,
  sums: { readonly active: number; readonly total: number },
  now: Date,
): Promise<void> {
  await store.run('UPDATE change_sequence SET last = last + 1 WHERE id = 1')
  const values: Value[] = [
    ip(host.ip),
    formatIp(ip(host.ip)),
    host.hostname ?? null,
    host.mac ?? null,
    firstSeen,
    host.notes ?? '',
    now,
  ]
  await store.run(
    `INSERT INTO address (site_id, ip, ip_text, hostname, mac, first_seen, notes, last_modified, changed_seq)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, (SELECT last FROM change_sequence WHERE id = 1))`,
    values,
  )
  await store.run(
    `INSERT INTO address_state (site_id, ip, active, total, last_active, last_silent, rtt_us, reply_ttl)
     VALUES (1, ?, ?, ?, ?, ?, ?, 64)`,
    [ip(host.ip), sums.active, sums.total, lastActive, lastActive, 180 + (ip(host.ip) % 97) * 31],
  )
}

function ip(text: string): Ip {
  const parsed = parseIp(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

/** The same numbers every time. */
function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
