import { expect, test } from 'vitest'
import { listAttachments } from '../../../src/core/address/attached.js'
import { parseNetwork } from '../../../src/core/address/network.js'
import { estimateCost } from '../../../src/core/scan/budget.js'
import { describeCost, writeNotice } from '../../../src/core/scan/notice.js'

const address = (ip: string, netmask: string, internal = false) => ({
  address: ip,
  netmask,
  family: 'IPv4',
  internal,
})
const MACHINE = listAttachments({
  lo: [address('127.0.0.1', '255.0.0.0', true)],
  eth0: [address('192.0.2.9', '255.255.255.0')],
  eth1: [address('198.51.100.9', '255.255.255.0')],
})

const noticeOf = (text: string, contact = 'noc@example.net, 555 0100') => {
  const range = parseNetwork(text)
  if (!range.ok) throw new Error(range.error)
  const cost = estimateCost({ addresses: 254, packetsPerSecond: 50, sweepMinutes: 10 })
  const network = { ...range.value, name: 'Office', sweepMinutes: 10 }
  return writeNotice({ network, cost, attachments: MACHINE, contact })
}

test('the notice says what is sent, from where, how often, and whom to ask', () => {
  expect(noticeOf('203.0.113.0/24').split('\n')).toEqual([
    'ipspace watches which addresses of 203.0.113.0/24 (Office) are in use.',
    'What is sent: one ICMP echo request (ping) per address and sweep; up to three more to an address that answered lately and is silent now. Besides, who answers may be asked its name (NetBIOS, mDNS), and some addresses an hour by nmap -O, which tries a few ports, what system they run. Nothing is logged in to.',
    'From which address: one of 192.0.2.9, 198.51.100.9',
    'How often: every 10 minutes, around the clock, up to 50 packets per second for about 16 seconds.',
    'Whom to ask: noc@example.net, 555 0100',
  ])
})

test("on the machine's own link it is ARP, from the address on that link", () => {
  expect(noticeOf('192.0.2.128/25')).toMatch(/one ARP request per address and sweep/)
  expect(noticeOf('192.0.2.128/25')).toMatch(/From which address: 192\.0\.2\.9\n/)
})

test('loopback is pinged from loopback', () => {
  expect(noticeOf('127.0.0.0/28')).toMatch(
    /ICMP echo request.*\nFrom which address: 127\.0\.0\.1\n/,
  )
})

test('without a contact it names the administrator', () => {
  expect(noticeOf('203.0.113.0/24', '')).toMatch(/Whom to ask: the administrator of ipspace$/)
})

test('the cost is told in packets per second, seconds and share of the interval', () => {
  const cost = estimateCost({ addresses: 65_534, packetsPerSecond: 500, sweepMinutes: 5 })
  expect(describeCost(cost, 5)).toBe(
    '65,534 addresses: up to 500 packets per second for about 192 seconds, 64 % of its 5 minutes',
  )
  const small = estimateCost({ addresses: 1, packetsPerSecond: 500, sweepMinutes: 60 })
  expect(describeCost(small, 60)).toMatch(/under 1 % of its 60 minutes$/)
})
