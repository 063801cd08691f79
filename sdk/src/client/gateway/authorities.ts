// Remembers the authorities of the desk's gateway: the current one and the next. docs/spec/identity.md, "Change of the authority"
import type { GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { equal } from '../../core/encoding/encoding.ts'
import { checkAuthority } from '../../core/pki/chain.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'
import type { DeskTls } from '../keys/rotating-keys.ts'
import type { MailboxLink } from './link.ts'

/** The dependencies of `learnAuthorities`. */
interface Learning {
  readonly keyring: Keyring
  readonly link: Pick<MailboxLink, 'present'>
  readonly time: { date(): number }
}

/**
 * Stores the gateway's authorities durably, as the gateway states them, and recognises the gateway by them from now on
 * (REX-ID-081). Accepts an authority that is new to this desk only as the next authority.
 * @throws RexError CERTIFICATE_INVALID
 */
export async function learnAuthorities(
  { caCertificate, nextCaCertificate }: Pick<GetGatewayResponse, 'caCertificate' | 'nextCaCertificate'>,
  { keyring, link, time }: Learning,
): Promise<void> {
  const { organisation, tls } = keyring.keys
  const { nextAuthority, ...rest } = tls
  const hasTakenOver = nextAuthority !== undefined && equal(nextAuthority, caCertificate)
  if (!hasTakenOver && !equal(tls.authority, caCertificate)) return
  const next = nextCaCertificate.length === 0 ? undefined : nextCaCertificate
  const isSame =
    next === undefined ? nextAuthority === undefined : nextAuthority && equal(nextAuthority, next)
  if (!hasTakenOver && isSame) return
  if (next !== undefined) checkAuthority(next, organisation, time.date())
  const learnt: DeskTls = { ...rest, authority: caCertificate, ...(next && { nextAuthority: next }) }
  await keyring.change((keys) => ({ ...keys, tls: learnt }))
  link.present(learnt)
}
