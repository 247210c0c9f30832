import type { ChangeSource } from '../store/address-changes.js'

/** Who said it, in words. */
export const SOURCE_WORDS: Readonly<Record<ChangeSource, string>> = {
  ptr: 'DNS',
  netbios: 'NetBIOS',
  mdns: 'mDNS',
  snmp: 'SNMP',
  nmap: 'nmap',
  arp: 'ARP',
  agent: 'its agent',
}
