// Renews the desk's certificate for its gateway. docs/spec/mailbox.md, REX-MBX-004
import { RexError } from '../../core/error.ts'
import type { Certificate } from '../../core/pki/certificate.ts'
import { certificateUri, checkAnyChain, isIssuedBy } from '../../core/pki/chain.ts'
import { isRenewalDue, wasIssuedAhead } from '../../core/pki/issue.ts'
import { readPrivateKey } from '../../core/pki/key.ts'
import { createSigningRequest } from '../../core/pki/request.ts'
import type { ConnectOptions } from '../api/desk.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { DeskTime } from '../clock/time.ts'
import type { MailboxLink } from '../gateway/link.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'

const WARNING_MS = 7 * 24 * 60 * 60_000
/** The time limit for a call. It is short, because closing the desk waits for a running renewal. */
const CALL_MS = 10_000

/** The dependencies of `renewCertificate`. */
interface RenewalOptions {
  readonly keyring: Keyring
  readonly link: MailboxLink
  readonly time: DeskTime
  /** Resolves once the lease of the mailbox is held. */
  readonly fence: () => Promise<number>
  readonly log: NonNullable<ConnectOptions['log']>
}

/** Renews the certificate if renewal is due. Checks the new certificate before replacing the current one. */
export async function renewCertificate(options: RenewalOptions): Promise<void> {
  const { keyring, link, time, log } = options
  const { certificate: life, authority: issuer } = keyring
  // After a change of the authority, the certificate is still from the former authority.
  const isForeign = !isIssuedBy(life, issuer)
  const isDue = () => isRenewalDue(life, time.own()) || isForeign
  // The gateway's answer may correct the clock, so that renewal is no longer due.
  if (isDue()) await options.fence().catch(() => {})
  const wrong = time.confirmed() && wasIssuedAhead(life, { authority: issuer, now: time.passed() })
  if (!isDue() && !wrong) return
  const renewed = await fetchCertificate(options)
  if (renewed.notAfterMs < life.notAfterMs && !wrong && !isForeign)
    throw new RexError('CERTIFICATE_INVALID', 'The new certificate ends before the one in use.')
  const { certificate } = renewed
  await keyring.change((keys) => ({ ...keys, tls: { ...keys.tls, certificate } }))
  link.present(keyring.keys.tls)
  log({
    level: wrong ? 'warn' : 'info',
    message: wrong
      ? 'The certificate was made while a clock was ahead; it has been replaced.'
      : 'The certificate has been renewed.',
    fields: { expires: isoDay(renewed.notAfterMs) },
  })
}

async function fetchCertificate({
  keyring,
  link,
  time,
}: RenewalOptions): Promise<{ readonly certificate: Uint8Array; readonly notAfterMs: number }> {
  const { organisation, tls } = keyring.keys
  const { authority, nextAuthority, privateKey } = tls
  const signingRequest = createSigningRequest({ privateKey, uri: certificateUri(organisation, 'desk') })
  const { certificate } = await link.renewal.renew(
    { signingRequest },
    { signal: AbortSignal.timeout(CALL_MS) },
  )
  const leaf = checkAnyChain(
    { leaf: certificate, organisation, usage: 'desk', now: time.own() },
    nextAuthority === undefined ? [authority] : [authority, nextAuthority],
  )
  if (!leaf.x509.checkPrivateKey(readPrivateKey(privateKey)))
    throw new RexError('CERTIFICATE_INVALID', 'The gateway certified another key.')
  return { certificate, notAfterMs: leaf.notAfterMs }
}

/** Returns a problem if the certificate has expired or expires soon. */
export function certificateProblems(
  { notAfterMs }: Pick<Certificate, 'notAfterMs'>,
  time: DeskTime,
): DeskProblem[] {
  const now = time.own()
  const problem = (severity: DeskProblem['severity'], message: string): DeskProblem[] => [
    { code: 'certificate', severity, message },
  ]
  if (now > notAfterMs && time.atLeast() <= notAfterMs && !time.confirmed())
    return problem(
      'critical',
      `If today is ${isoDay(now)}, the certificate has expired. Check the clock of this computer first; if it is right, enrol the desk again with \`rex-desk enrol\`.`,
    )
  if (now > notAfterMs)
    return problem(
      'critical',
      'The certificate has expired, so the gateway refuses this desk. Enrol it again with `rex-desk enrol`.',
    )
  if (notAfterMs - now >= WARNING_MS) return []
  return problem(
    'warning',
    `The certificate expires on ${isoDay(notAfterMs)} and could not be renewed. Check that the gateway runs and can be reached.`,
  )
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
