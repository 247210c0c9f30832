#!/usr/bin/env node
// Stands in for `nmap -O` and misbehaves as its file name says: fake-os-nmap-MODE (see
// make-fake-nmap.ts). It reads targets and writes XML as nmap does with `-O -oX - -iL -`.
import path from 'node:path'
import { text } from 'node:stream/consumers'

const LINUX = match('Linux 4.15 - 5.6', 96, osclass('Linux', 'cpe:/o:linux:linux_kernel:4'))

const MODES = {
  honest: (targets) => report(targets.map((ip) => host(ip, { os: LINUX }))),
  windows: (targets) =>
    report(
      targets.map((ip) =>
        host(ip, {
          os: match('Microsoft Windows 10', 100, osclass('Windows', 'cpe:/o:microsoft:windows_10')),
        }),
      ),
    ),
  surer: (targets) => report(targets.map((ip) => host(ip, { os: LINUX.replace('96', '99') }))),
  'could-not-tell': (targets) => report(targets.map((ip) => host(ip, { os: '' }))),
  // What node-nmap as it comes stumbles over.
  percent: (targets) => report(targets.map((ip) => host(ip, { os: match('50 percent OS', 90) }))),
  'without-service': (targets) => report(targets.map((ip) => host(ip, { os: LINUX }))),
  chatty: (targets) => {
    process.stderr.write('Warning: no device-specific driver found for uverbs0\n')
    process.stderr.write('RTTVAR has grown to over 2.3 seconds, decreasing to 2.0\n')
    return MODES.honest(targets)
  },
  'timed-out': ([first, ...rest]) =>
    report([
      `<host timedout="true"><status state="up" reason="echo-reply"/>${address(first)}</host>`,
      ...rest.map((ip) => host(ip, { os: LINUX })),
    ]),
  away: ([, ...rest]) =>
    report(
      rest.map((ip) => host(ip, { os: LINUX })),
      { down: 1 },
    ),
  // What a device might make nmap say.
  terminal: (targets) =>
    report(targets.map((ip) => host(ip, { os: match('Evil&#x9b;31m &lt;b&gt;\u202eOS', 99) }))),
  long: (targets) =>
    report(
      targets.map((ip) =>
        host(ip, {
          os: match('x'.repeat(50_000), 99, osclass('y'.repeat(9_999), 'cpe:/'.repeat(5_000))),
        }),
      ),
    ),
  'odd-accuracy': (targets) => report(targets.map((ip) => host(ip, { os: match('OS', 'NaN') }))),
  'odd-ports': (targets) =>
    report(
      targets.map((ip) =>
        host(ip, {
          os: LINUX,
          ports:
            '<port protocol="udp" portid="135"><state state="open"/></port><port protocol="tcp" portid="x"><state state="&#xff;"/></port>',
        }),
      ),
    ),
  stranger: (targets) =>
    report([...targets.slice(1), '203.0.113.9'].map((ip) => host(ip, { os: LINUX }))),
  nameless: (targets) => report(targets.map(() => '<host><status state="up"/></host>')),
  entity: (targets) =>
    report(targets.map((ip) => host(ip, { os: match('&boom;', 99) }))).replace(
      '<!DOCTYPE nmaprun>',
      '<!DOCTYPE nmaprun [<!ENTITY boom "boom">]>',
    ),
  truncated: (targets) => MODES.honest(targets).slice(0, -40),
  'wrong-total': (targets) => MODES.honest(targets).replace(/total="[0-9]+"/, 'total="99"'),
  sendto: (targets) => {
    process.stderr.write(
      'sendto in send_ip_packet_sd: sendto(4, packet, 60) => Operation not permitted\n',
    )
    return MODES.honest(targets)
  },
  'exit-code': (targets) => MODES.honest(targets),
  garbage: () => Buffer.from([0xff, 0xfe, 0x00, 0x3c, 0x3c, 0x80, 0x01]),
  hang: (targets) => {
    process.on('SIGTERM', () => undefined)
    process.stdout.on('error', () => undefined)
    setInterval(() => undefined, 1_000)
    process.stdout.write(MODES.honest(targets).slice(0, 300))
  },
  endless: () => {
    const more = () => process.stdout.write('<nmaprun>\n'.repeat(1_000), more)
    more()
  },
}

const mode = path.basename(process.argv[1]).replace('fake-os-nmap-', '')

if (process.argv.includes('--version')) {
  console.log('Nmap version 7.93 ( https://nmap.org )')
} else if (process.argv.includes('-sS')) {
  // The one raw packet of the check for rights.
} else {
  const targets = (await text(process.stdin)).trim().split('\n').flatMap(addresses)
  const output = MODES[mode](targets)
  if (output !== undefined) {
    process.stdout.write(output, () => process.exit(mode === 'exit-code' ? 1 : 0))
  }
}

function report(hosts, { down = 0 } = {}) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" start="1795225726" version="7.93" xmloutputversion="1.05">
<taskprogress task="SYN Stealth Scan" time="1795225726" percent="50.00"/>
<hosthint><status state="up" reason="echo-reply"/>${address('198.51.100.1')}</hosthint>
${hosts.join('\n')}
<runstats><finished time="1795225726" exit="success"/><hosts up="${hosts.length}" down="${down}" total="${hosts.length + down}"/>
</runstats>
</nmaprun>
`
}

function host(ip, { os, ports }) {
  const listed =
    ports ?? [22, 23, 80, 135].map((id) => port(id, id === 22 ? 'open' : 'closed')).join('')
  return `<host><status state="up" reason="echo-reply" reason_ttl="64"/>
${address(ip)}<address addr="00:1B:1B:00:00:01" addrtype="mac" vendor="Siemens"/>
<ports>${listed}</ports>
<os><portused state="open" proto="tcp" portid="22"/>${os}</os>
</host>`
}

function port(id, state) {
  return `<port protocol="tcp" portid="${id}"><state state="${state}" reason="x"/></port>`
}

function address(ip) {
  return `<address addr="${ip}" addrtype="ipv4"/>`
}

/** The second guess is there to be ignored. */
function match(name, accuracy, within = '') {
  return `<osmatch name="${name}" accuracy="${accuracy}" line="1">${within}</osmatch>
<osmatch name="Second best" accuracy="80">${osclass('Second', 'cpe:/o:second')}</osmatch>`
}

function osclass(family, cpe) {
  return `<osclass type="general purpose" vendor="v" osfamily="${family}" accuracy="96"><cpe>${cpe}</cpe><cpe>cpe:/h:other</cpe></osclass>`
}

function addresses(cidr) {
  const [quad, length = '32'] = cidr.split('/')
  const first = quad.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return Array.from({ length: 2 ** (32 - Number(length)) }, (_, i) => {
    const ip = first + i
    return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.')
  })
}
