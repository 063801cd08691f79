// Parses the address of an HTTP proxy from an option; environment variables are never read. docs/spec/delivery.md, "Connections"

import { type Address, parseAddress } from '../../core/address.ts'
import { RexError } from '../../core/error.ts'

/** A proxy that opens tunnels with CONNECT. */
export interface HttpProxy {
  readonly address: Address
  /** `user:password`. Undefined: none. */
  readonly credentials: string | undefined
}

/** Parses `http://[user:password@]host[:port]`; the port defaults to 80. @throws RexError MALFORMED */
export function parseProxy(text: string): HttpProxy {
  const url = URL.parse(text)
  if (url?.protocol !== 'http:' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw noProxy()
  const address = parseAddress(`${url.hostname}:${url.port || '80'}`, 'proxy')
  const user = `${decoded(url.username)}:${decoded(url.password)}`
  return { address, credentials: user === ':' ? undefined : user }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw noProxy()
  }
}

function noProxy(): RexError {
  return new RexError('MALFORMED', 'proxy must be http://host:port.', { path: 'proxy' })
}
