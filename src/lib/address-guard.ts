import { BlockList, isIP } from 'node:net'

/** Networks that are not the public internet. @see https://www.iana.org/assignments/iana-ipv4-special-registry/ */
const PRIVATE_V4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
  ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
]

/** Judges addresses, not names: a name is judged by what it resolves to when the connection is made. */
export interface AddressGuard {
  isAllowed(address: string): boolean
}

/** The eight groups of an IPv6 address, which WHATWG’s parser has made canonical. */
function groupsOf(address: string): readonly number[] | undefined {
  const canonical = URL.parse(`http://[${address.replace(/%.*$/, '')}]/`)?.hostname.slice(1, -1)
  if (canonical === undefined) return undefined
  const [head = '', tail] = canonical.split('::')
  const read = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const [first, last] = [read(head), tail === undefined ? [] : read(tail)]
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')

/** The IPv4 address that an IPv6 one leads to: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056). */
function embeddedV4([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0]: readonly number[]): string | undefined {
  const isZero = a + b + c + d === 0
  if (isZero && ((e === 0 && (f === 0 || f === 0xffff)) || (e === 0xffff && f === 0))) return dotted(g, h)
  if (a === 0x64 && b === 0xff9b && c + d + e + f === 0) return dotted(g, h)
  return a === 0x2002 ? dotted(b, c) : undefined
}

/** Only global unicast, without documentation, Teredo, benchmarks and ORCHID. */
function isPublicV6([first = 0, second = 0]: readonly number[]): boolean {
  if (first < 0x2000 || first > 0x3fff) return false
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false
  return !(first === 0x3fff && second < 0x1000)
}

/** `allowed` are addresses and networks, such as `10.0.0.0/8`, that are allowed though they are not public. */
export function createAddressGuard(allowed: readonly string[]): AddressGuard {
  const refused = new BlockList()
  for (const [network, prefix] of PRIVATE_V4) refused.addSubnet(network, prefix, 'ipv4')
  const exceptions = new BlockList()
  for (const text of allowed) {
    const [address = '', prefix] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    exceptions.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family)
  }
  const isAllowedV4 = (address: string): boolean => exceptions.check(address, 'ipv4') || !refused.check(address, 'ipv4')
  return {
    isAllowed(address) {
      const version = isIP(address)
      if (version === 4) return isAllowedV4(address)
      if (version !== 6) return false
      const groups = groupsOf(address)
      if (!groups) return false
      if (exceptions.check(address.replace(/%.*$/, ''), 'ipv6')) return true
      const inner = embeddedV4(groups)
      return inner === undefined ? isPublicV6(groups) : isAllowedV4(inner)
    },
  }
}
