import { expect, test } from 'vitest'
import { formatIp } from '../../../src/core/address/ip.js'
import { formatNetwork } from '../../../src/core/address/network.js'
import { MOST_NETWORKS, readNetworkTable } from '../../../src/core/scan/network-table.js'

const HEADER = 'network,name,tag,vlan,notes,sweep_minutes,packets_per_second,gateway,site'

const mistakesOf = (text: string) =>
  readNetworkTable(text).mistakes.map(({ line, error }) => `${line}: ${error}`)

test('a whole line is read, with quotes in it', () => {
  const table = readNetworkTable(
    `${HEADER}\r\n192.0.2.0/24,"Lab, ""west""",lab,12,"two\nlines",15,100,192.0.2.1,berlin\r\n`,
  )
  expect(table.mistakes).toEqual([])
  const [network] = table.networks
  expect(network).toMatchObject({
    line: 2,
    site: 'berlin',
    draft: { name: 'Lab, "west"', tag: 'lab', vlan: 12, notes: 'two\nlines', sweepMinutes: 15 },
  })
  expect(network && formatNetwork(network.draft.range)).toBe('192.0.2.0/24')
  expect(network && formatIp(network.draft.gateway!)).toBe('192.0.2.1')
})

test('the header alone decides the columns; short lines and empty cells take the defaults', () => {
  const table = readNetworkTable(' Network ;Name\n10.0.0.0/24\n10.0.1.0/24;B\n')
  expect(table.mistakes).toEqual([])
  expect(table.networks.map(({ line, draft }) => [line, draft.name, draft.sweepMinutes])).toEqual([
    [2, '', 5],
    [3, 'B', 5],
  ])
})

test('a list that ipspace printed can be read in again', () => {
  const list =
    'id,network,first,last,prefix_length,addresses,name,tag,vlan,gateway,sweep_minutes,packets_per_second,enabled,dark_since,notes\r\n' +
    "3,10.0.0.0/24,10.0.0.0,10.0.0.255,24,256,'=x,,,,5,500,false,,\r\n"
  const table = readNetworkTable(list)
  expect(table.mistakes).toEqual([])
  expect(table.networks[0]?.draft).toMatchObject({
    name: '=x',
    enabled: false,
    packetsPerSecond: 500,
  })
})

test('every bad line is named with all its mistakes', () => {
  const text = `${HEADER}\n10.0.0.0/24\n10.0.0.1/24,,,,,7\n\n10.1,,,x\n10.0.1.0/24,a,b,1,n,5,5,,main,extra\n`
  expect(mistakesOf(text)).toEqual([
    expect.stringMatching(/^3: "10\.0\.0\.1\/24" has bits set/),
    expect.stringMatching(/^3: "7" is no interval/),
    expect.stringMatching(/^5: "10\.1" is not an IPv4 address/),
    expect.stringMatching(/^5: "x" is no VLAN/),
    expect.stringMatching(/^6: there are 10 cells under 9 columns/),
  ])
  expect(readNetworkTable(text).networks.map((network) => network.line)).toEqual([2])
})

test.each([
  ['', /^1: the first line must be a header with the column "network"/],
  ['10.0.0.0/24\n', /^1: the first line must be a header/],
  [`${HEADER}\n`, /^1: there is no network under the header/],
  ['network,colour\n10.0.0.0/24,red\n', /^1: there is no column "colour": use network, name/],
  ['network,name,name\n10.0.0.0/24\n', /^1: the column "name" is there twice/],
  ['network,name\n10.0.0.0/24,"open\n', /^2: a quoted cell is never closed/],
  ['network\n,\n', /^2: there are 2 cells under 1 columns/],
  ['network,name\n,x\n', /^2: a network is missing/],
])('%j is refused', (text, mistake) => {
  expect(mistakesOf(text)).toEqual([expect.stringMatching(mistake)])
})

test('a table that is too long is refused before its lines are read', () => {
  const lines = Array.from({ length: MOST_NETWORKS + 1 }, () => 'x')
  expect(mistakesOf(['network', ...lines].join('\n'))).toEqual([
    `1: ${MOST_NETWORKS + 1} networks are too many at once: give at most ${MOST_NETWORKS}`,
  ])
})
