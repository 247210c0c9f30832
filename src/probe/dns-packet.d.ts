/** What this product uses of a package that brings no types. */
declare module 'dns-packet' {
  export interface Question {
    readonly type: string
    readonly name: string
    readonly class?: string
  }
  export interface Additional {
    readonly type: 'OPT'
    readonly name: '.'
    readonly udpPayloadSize: number
  }
  export interface Packet {
    readonly type: 'query' | 'response'
    readonly id: number
    readonly flags?: number
    readonly questions: readonly Question[]
    readonly additionals?: readonly Additional[]
  }
  export interface Decoded {
    readonly id: number
    readonly type: 'query' | 'response'
    readonly rcode: string
    readonly flag_tc: boolean
    readonly flag_aa: boolean
    readonly questions: readonly Question[]
  }
  export const RECURSION_DESIRED: number
  const dnsPacket: {
    encode(packet: Packet): Buffer
    decode(buffer: Buffer): Decoded
    readonly RECURSION_DESIRED: number
  }
  export default dnsPacket
}
