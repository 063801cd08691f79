// Network addresses, `host:port`: a DNS name, IPv4 or [IPv6]. docs/spec/delivery.md, "Connections"
import { isIPv4, isIPv6 } from 'node:net'
import { RexError } from '../../core/error.ts'

/** A parsed address. */
export interface Address {
  /** DNS name, IPv4 or IPv6 address, without brackets. */
  readonly host: string
  readonly port: number
}

const FORM = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(0|[1-9][0-9]{0,4})$/
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
const MAX_NAME = 253

/** Parses an address in its canonical form: lower case, port without leading zeros. @throws RexError MALFORMED with `path` */
export function parseAddress(text: string, path = 'address'): Address {
  const [, bracketed, plain, digits] = FORM.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  const valid = bracketed === undefined ? isIPv4(host) || isName(host) : isIPv6(host)
  const port = Number(digits)
  if (!valid || !(port <= 65535)) {
    throw new RexError(
      'MALFORMED',
      `${path} must be host:port, such as gateway.example:7443 or [::1]:7443.`,
      {
        path,
        hint:
          text === text.toLowerCase()
            ? 'Write the name or the IP address, a colon and the number of the port.'
            : `Write it in lower case: ${text.toLowerCase()}`,
      },
    )
  }
  return { host, port }
}

/** An address as text. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The network of an IP address, in the size one attacker may own: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function networkOf(ip: string): string {
  const plain = ip.replace(/^::ffff:(?=[\d.]+$)/, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = tail ? Array(8 - head.length - tail.length).fill('0') : []
  return [...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(':')
}

/** Whether `host` is a DNS name. Its last label starts with a letter, so that no other parser reads the name as an IPv4 address. */
function isName(host: string): boolean {
  const labels = host.split('.')
  return (
    host.length <= MAX_NAME &&
    labels.every((label) => LABEL.test(label)) &&
    /^[a-z]/.test(labels.at(-1) ?? '')
  )
}
