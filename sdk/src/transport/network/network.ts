// Finds the network that an IP address belongs to. docs/spec/delivery.md, "Connections"
import { isIPv6 } from 'node:net'

/** Returns the network of an IP address, in the size that one attacker may own: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function networkOf(ip: string): string {
  const plain = ip.replace(/^::ffff:(?=[\d.]+$)/, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = tail ? Array(8 - head.length - tail.length).fill('0') : []
  return [...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(':')
}
