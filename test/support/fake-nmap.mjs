#!/usr/bin/env node
// Stands in for nmap and misbehaves as its file name says: fake-nmap-MODE (see make-fake-nmap.ts).
// It reads targets and writes XML as nmap does with `-oX - -iL -`; all addresses answer.
import path from 'node:path'
import { text } from 'node:stream/consumers'

const MODES = {
  honest: (targets) => finish(report(targets)),
  'one-silent': (targets) => finish(report(targets, { left: 1 })),
  interrupted: (targets) => {
    process.stdout.write(report(targets).slice(0, 500), () => process.kill(process.pid, 'SIGTERM'))
  },
  'exit-code': (targets) => finish(report(targets), 1),
  'exit-error': (targets) =>
    finish(report(targets, { exit: 'error', message: 'Ping scan <failed>' })),
  truncated: (targets) => finish(report(targets).slice(0, -40)),
  'without-totals': (targets) => finish(report(targets).replace(/<runstats>.*<\/runstats>/s, '')),
  empty: () => finish(''),
  hang: (targets) => {
    process.on('SIGTERM', () => undefined)
    process.stdout.write(report(targets).slice(0, 500))
    setInterval(() => undefined, 1_000)
  },
  uneven: (targets) => (targets.length === 4 ? process.exit(1) : MODES.hang(targets)),
  sendto: (targets) => {
    process.stderr.write(
      'sendto in send_ip_packet_sd: sendto(4, packet, 28, 0, 127.0.0.2, 16) => Operation not permitted\n',
    )
    finish(report(targets, { left: 1 }))
  },
  'no-route': (targets) => {
    process.stderr.write(
      targets.map((ip) => `setup_target: failed to determine route to ${ip}\n`).join(''),
    )
    finish(report([]))
  },
  'total-zero': () => finish(report([])),
  'wrong-total': (targets) => finish(report(targets, { total: targets.length - 1 })),
  'lost-host': (targets) => finish(report(targets, { left: 1, up: targets.length })),
  stranger: (targets) => finish(report([...targets.slice(1), '203.0.113.9'])),
  duplicate: (targets) => finish(report([...targets, targets[0]], { total: targets.length })),
  tcp: (targets) => finish(report(targets, { reason: 'conn-refused' })),
  complaining: (targets) => {
    process.stderr.write("Couldn't open a raw socket. Error: Operation not permitted (1)\n")
    finish(report(targets))
  },
  chatty: (targets) => {
    process.stderr.write('RTTVAR has grown to over 2.3 seconds, decreasing to 2.0\n'.repeat(5_000))
    process.stderr.write('Warning: no device-specific driver found for uverbs0\n')
    finish(report(targets))
  },
  flood: (targets) => {
    process.stderr.write('\u001b[31mlorem ipsum '.repeat(50_000), () => finish(report(targets)))
  },
  garbage: () => finish(Buffer.from([0xff, 0xfe, 0x00, 0x3c, 0x3c, 0x80, 0x01])),
  endless: () => {
    const more = () => process.stdout.write('<nmaprun>\n'.repeat(1_000), more)
    more()
  },
}

const mode = path.basename(process.argv[1]).replace('fake-nmap-', '')

if (process.argv.includes('--version')) {
  const versions = { old: '7.70', stranger: undefined }
  const version = mode in versions ? versions[mode] : '7.93'
  console.log(version ? `Nmap version ${version} ( https://nmap.org )` : 'not a scanner')
} else if (mode === 'deaf') {
  process.stdin.destroy()
  finish(report([]))
} else {
  const targets = (await text(process.stdin)).trim().split('\n').flatMap(addresses)
  MODES[mode](targets)
}

function report(ips, given = {}) {
  const named = ips.slice(given.left ?? 0)
  const up = given.up ?? named.length
  const total = given.total ?? ips.length
  const exit = given.exit ?? 'success'
  const message = given.message ? ` errormsg="${given.message.replaceAll('<', '&lt;')}"` : ''
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated as: nmap -&#45;privileged -sn -->
<nmaprun scanner="nmap" start="1795225726" version="7.93" xmloutputversion="1.05">
<verbose level="1"/>
<taskbegin task="Ping Scan" time="1795225726"/>
${named.map((ip) => host(ip, given.reason ?? 'echo-reply')).join('\n')}
<runstats><finished time="1795225726" elapsed="0.00" exit="${exit}"${message}/><hosts up="${up}" down="${total - up}" total="${total}"/>
</runstats>
</nmaprun>
`
}

function host(ip, reason) {
  return `<host><status state="up" reason="${reason}" reason_ttl="64"/>
<address addr="${ip}" addrtype="ipv4"/>
<address addr="B2:7C:63:84:D3:1C" addrtype="mac" vendor="A &amp; B"/>
<hostnames>
</hostnames>
<times srtt="163" rttvar="5000" to="100000"/>
</host>`
}

function addresses(cidr) {
  const [quad, length = '32'] = cidr.split('/')
  const first = quad.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return Array.from({ length: 2 ** (32 - Number(length)) }, (_, i) => {
    const ip = first + i
    return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.')
  })
}

function finish(output, code = 0) {
  process.stdout.write(output, () => process.exit(code))
}
