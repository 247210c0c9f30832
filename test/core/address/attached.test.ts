import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { listAttachments } from '../../../src/core/address/attached.js'
import { formatIp } from '../../../src/core/address/ip.js'
import { formatNetwork } from '../../../src/core/address/network.js'

test("this machine's loopback is among its attachments", () => {
  const loopback = listAttachments(networkInterfaces()).filter((it) => it.isLoopback)
  expect(loopback.map((it) => `${formatIp(it.ip)} ${formatNetwork(it.network)}`)).toContain(
    '127.0.0.1 127.0.0.0/8',
  )
})

test('IPv6 is left out, and the network follows from the mask', () => {
  const attachments = listAttachments({
    eth0: [
      { address: 'fe80::1', netmask: 'ffff::', family: 'IPv6', internal: false },
      { address: '192.0.2.77', netmask: '255.255.255.192', family: 'IPv4', internal: false },
    ],
    tun0: [
      { address: '198.51.100.1', netmask: '255.255.255.255', family: 'IPv4', internal: false },
    ],
    none: undefined,
  })
  expect(attachments.map((it) => [it.interfaceName, formatNetwork(it.network)])).toEqual([
    ['eth0', '192.0.2.64/26'],
    ['tun0', '198.51.100.1/32'],
  ])
})
