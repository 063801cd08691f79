// Where to reach a service: at a socket, or at a URL with a token. docs/guide/desk.md, "A desk that a service holds"
import { isIP } from 'node:net'
import { RexError } from '../../core/error.ts'
import { hostOf, isLoopback } from '../address.ts'
import type { Place } from './connection.ts'

/** A service on this computer, at a socket. */
export interface SocketPlace {
  /** The socket of the service: `service.sock` in the desk directory, or `group.sock`. */
  readonly socket: string
}

/** A service at a URL. */
export interface UrlPlace {
  /** `https://` with a host and a port, or `http://` with a loopback address. */
  readonly url: string
  /** A token of the service, from `rex-desk token add`. */
  readonly token: string
  /** Certificate of the service's authority, PEM. Default: the authorities that Node trusts. */
  readonly ca?: string
}

export const atSocket = (socket: string): Place => ({ name: socket, to: { socketPath: socket } })

/**
 * Returns the address of a service. @throws RexError CONFIG_INVALID if `url` is not the URL of a service, or if the token would
 * cross a network unencrypted
 */
export function placeOf(given: SocketPlace | UrlPlace): Place {
  return 'socket' in given ? atSocket(given.socket) : atUrl(given)
}

function atUrl({ url, token, ca }: UrlPlace): Place {
  const address = parsed(url)
  const { protocol, port, pathname, search, username, origin } = address
  const host = hostOf(address)
  const isTls = protocol === 'https:'
  if (!/^https?:$/.test(protocol) || pathname !== '/' || search !== '' || username !== '') throw unusable()
  if (!isTls && !isLoopback(host))
    throw new RexError('CONFIG_INVALID', 'Without TLS, the token would cross the network unencrypted.', {
      path: 'url',
      hint: 'Use `https`, or the socket of the service on this computer.',
    })
  const to = { host, port: port === '' ? (isTls ? 443 : 80) : Number(port) }
  return {
    ...{ name: origin, to, token },
    ...(isTls && { tls: { ...(ca !== undefined && { ca }), ...(isIP(host) === 0 && { servername: host }) } }),
  }
}

function parsed(url: string): URL {
  if (URL.canParse(url)) return new URL(url)
  throw unusable()
}

const unusable = () =>
  new RexError('CONFIG_INVALID', 'This is no URL of a service.', {
    path: 'url',
    hint: 'Write it like https://desk.example:8443, without a path.',
  })
