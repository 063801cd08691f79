// Identifies callers at an address by their tokens. Refuses requests from pages of other sites, and requests to a host name
// that is not the service's. docs/guide/service.md, "Tokens"
import type { IncomingMessage } from 'node:http'
import { RexError } from '../../core/error.ts'
import type { Admit } from './caller.ts'
import { Failures } from './failures.ts'
import type { Tokens } from './tokens.ts'

/** Options of `bearers`. */
export interface BearerOptions {
  readonly tokens: Tokens
  /** Returns whether the service has this host name or IP address (without a port). */
  readonly isOwnName: (host: string) => boolean
  /** Called for a wrong token, unless too many have been reported. */
  readonly refused: (address: string) => void
}

/** Returns the function that identifies callers at an address by their tokens. */
export function bearers({ tokens, isOwnName, refused }: BearerOptions): Admit {
  const failures = new Failures()
  return (request) => {
    checkSite(request, isOwnName)
    const { authorization = '' } = request.headers
    const [, token = ''] = /^Bearer (\S{1,128})$/i.exec(authorization) ?? []
    const caller = tokens.callerOf(token)
    if (caller !== undefined) return caller
    const address = request.socket.remoteAddress ?? ''
    // Count only wrong tokens, not requests without a token.
    if (authorization !== '') {
      if (!failures.count(address, performance.now()))
        throw new RexError('QUOTA_EXCEEDED', 'There were too many wrong tokens from this address.', {
          metadata: { retry_after_ms: '60000' },
        })
      refused(address)
    }
    throw new RexError('UNAUTHENTICATED', 'The request has no valid token.', {
      path: 'Authorization',
      hint: 'Send `Authorization: Bearer` and a token that is neither revoked nor expired; `rex-desk token add` makes one.',
    })
  }
}

/**
 * Refuses requests that a page of another site makes a browser send: to a name of that site that resolves to this computer (DNS
 * rebinding), or across sites.
 * @throws RexError PERMISSION_DENIED
 */
function checkSite({ headers }: IncomingMessage, isOwnName: BearerOptions['isOwnName']): void {
  const { host = '', origin, 'sec-fetch-site': site = 'none' } = headers
  const name = /^(?:\[([0-9a-f:.]+)\]|([^:]*))(?::\d{1,5})?$/i.exec(host)
  if (name === null || !isOwnName((name[1] ?? name[2] ?? '').toLowerCase()))
    throw new RexError('PERMISSION_DENIED', 'The service does not have this name.', {
      path: 'Host',
      hint: 'Use the address of the service, or a name in its certificate.',
    })
  const isOwnOrigin = origin === undefined || origin.replace(/^https?:\/\//, '') === host
  if (isOwnOrigin && (site === 'none' || site === 'same-origin')) return
  throw new RexError('PERMISSION_DENIED', 'The request comes from a page of another site.', {
    path: origin === undefined ? 'Sec-Fetch-Site' : 'Origin',
    hint: 'Programs call the service, pages do not.',
  })
}
