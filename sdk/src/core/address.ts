// Parses network addresses of the form `host:port`, where the host is a DNS name, IPv4 or [IPv6]. docs/spec/identity.md, REX-ID-010
import { RexError } from './error.ts'

/** A parsed address. */
export interface Address {
  /** DNS name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

const FORM = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(0|[1-9][0-9]{0,4})$/
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
const MAX_NAME = 253
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** Parses an address in its canonical form, with a lower-case host and no leading zeros in the port. @throws RexError MALFORMED with `path` */
export function parseAddress(text: string, path = 'address'): Address {
  const [, bracketed, plain, digits] = FORM.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  const valid = bracketed === undefined ? IPV4.test(host) || isName(host) : URL.canParse(`http://[${host}]/`)
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

/** Formats an address as text. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
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
