// The TLS certificate of a gateway, which its authority issues for one key. docs/spec/identity.md, "TLS"
import { rename, rm } from 'node:fs/promises'
import {
  type Authority,
  type Certificate,
  type CertificateUsage,
  certificateUri,
  createSigningRequest,
  generateRsaKey,
  isIssuedBy,
  isRenewalDue,
  issueCertificate,
  parseCertificate,
  RexError,
  type TrustedTime,
  toPem,
  wasIssuedAhead,
} from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { type Authorities, readPair } from './authorities.ts'
import { syncDirectory, writeSecret } from './files.ts'
import { exists } from './receipt-keys.ts'

/** Files of the next certificate and key during a replacement. Not in backups, because a restore begins with the current files. */
export const CERTIFICATE_FILES = {
  nextCertificate: 'gateway.next.pem',
  nextCertificateKey: 'gateway.next.key',
} as const

type CertificateFile = keyof typeof CERTIFICATE_FILES | 'certificate' | 'certificateKey'

/** A certificate with its key, as presented in handshakes. */
export interface Identity {
  /** DER. */
  readonly certificate: Uint8Array
  /** PKCS#8 PEM. */
  readonly privateKey: string
  /** Certificate of the authority that issued this certificate, DER. */
  readonly authority: Uint8Array
}

/** Reason why a certificate was replaced: it was due, or the clock was wrong when it was made. */
export type Renewal = 'due' | 'made-by-a-wrong-clock'

/** The certificate of the gateway. Changes must not run concurrently. */
export interface OwnCertificate {
  identity(): Identity
  /** Returns a certificate of the next authority for the same key, or undefined if there is no next authority. */
  nextIdentity(): Identity | undefined
  /** Returns the expiry of the certificate. Unix milliseconds. */
  expiresMs(): number
  /**
   * Replaces the certificate if a third of its life is left, or a wrong clock or a former authority made it. Returns
   * undefined if it was not replaced.
   */
  renewIfDue(): Promise<Renewal | undefined>
  /** Replaces the key of the certificate. Returns the fingerprint of the new key. */
  rotate(): Promise<string>
  /** Reissues the certificate for the same key, under the current authority. */
  issueAnew(): Promise<void>
}

/** Location and issuer of the certificate. */
interface CertificateOptions {
  readonly organisation: string
  readonly path: (file: CertificateFile) => string
  readonly authorities: Authorities
  readonly clock: Pick<Clock, 'now'>
  readonly time: Pick<TrustedTime, 'passed' | 'confirmed'> | undefined
  readonly issuingTime: () => number
}

/** Reads the certificate. Completes a change that was interrupted. @throws RexError CONFIG_INVALID */
export async function openCertificate(options: CertificateOptions): Promise<OwnCertificate> {
  const { organisation, path, authorities, clock, time, issuingTime } = options
  await settle(path)
  const pair = await readPair({ certificate: path('certificate'), privateKey: path('certificateKey') })
  let identity: Identity = { ...pair, authority: authorities.inUse().certificate }
  let life = parseCertificate(identity.certificate)
  checkOwner(life, { organisation, path: path('certificate') })
  // Check the issuer, because the gateway may have stopped after the change of authority but before it issued the certificate.
  const isForeign = () => !isIssuedBy(life, parseCertificate(authorities.inUse().certificate))
  if (isForeign()) await issueAnew()
  return {
    identity: () => identity,
    nextIdentity() {
      const next = authorities.next()
      return (
        next && { ...identity, certificate: issued(identity.privateKey, next), authority: next.certificate }
      )
    },
    expiresMs: () => life.notAfterMs,
    async renewIfDue() {
      const wrong = clock.now() < life.notBeforeMs || (time?.confirmed() === true && isAhead(time.passed()))
      if (!wrong && !isForeign() && !isRenewalDue(life, clock.now())) return undefined
      await issueAnew()
      return wrong ? 'made-by-a-wrong-clock' : 'due'
    },
    async rotate() {
      const privateKey = await generateRsaKey()
      const certificate = issued(privateKey)
      await writeSecret(path('nextCertificateKey'), privateKey)
      await writeSecret(path('nextCertificate'), toPem('CERTIFICATE', certificate))
      await settle(path)
      identity = { privateKey, certificate, authority: authorities.inUse().certificate }
      life = parseCertificate(certificate)
      return life.keyFingerprint
    },
    issueAnew,
  }

  async function issueAnew(): Promise<void> {
    const certificate = issued(identity.privateKey)
    await writeSecret(path('certificate'), toPem('CERTIFICATE', certificate))
    identity = { ...identity, certificate, authority: authorities.inUse().certificate }
    life = parseCertificate(certificate)
  }

  function issued(privateKey: string, authority: Authority = authorities.inUse()): Uint8Array {
    return issueIdentity({ organisation, authority, privateKey, now: issuingTime() })
  }

  function isAhead(now: number): boolean {
    return wasIssuedAhead(life, { authority: parseCertificate(authorities.inUse().certificate), now })
  }
}

/**
 * Completes the replacement of certificate and key, wherever it was interrupted. The certificate is written
 * last and moved last. If the file of the next certificate exists, the new pair is complete.
 */
async function settle(path: CertificateOptions['path']): Promise<void> {
  if (!(await exists(path('nextCertificate')))) return rm(path('nextCertificateKey'), { force: true })
  if (await exists(path('nextCertificateKey')))
    await rename(path('nextCertificateKey'), path('certificateKey'))
  await syncDirectory(path('certificateKey'))
  await rename(path('nextCertificate'), path('certificate'))
  await syncDirectory(path('certificate'))
}

/** Refuses keys of another organisation, because no partner would admit this gateway (T-146). */
export function checkOwner(
  { uris }: Certificate,
  { organisation, path }: { organisation: string; path: string },
): void {
  if (uris.includes(certificateUri(organisation, 'gateway'))) return
  throw new RexError('CONFIG_INVALID', `${path} is not a certificate of ${organisation}.`, {
    path: 'organisation',
    hint: 'Restore the organisation for which the gateway was made, or the keys that belong to this organisation.',
  })
}

export function issueIdentity(from: {
  organisation: string
  authority: Authority
  privateKey: string
  now: number
}): Uint8Array {
  const uri = certificateUri(from.organisation, 'gateway')
  const signingRequest = createSigningRequest({ privateKey: from.privateKey, uri })
  return issue({ ...from, signingRequest, usage: 'gateway' })
}

/**
 * Issues a certificate. It is valid from the same time as the certificate of the authority, so that it is
 * valid even if the clock is ahead now (REX-ID-064).
 */
export function issue(from: {
  organisation: string
  authority: Authority
  signingRequest: Uint8Array
  usage: CertificateUsage
  now: number
}): Uint8Array {
  const { authority, signingRequest, usage, now } = from
  const uri = certificateUri(from.organisation, usage)
  const sinceMs = parseCertificate(authority.certificate).notBeforeMs
  return issueCertificate({ authority, signingRequest, uri, usage, now, sinceMs })
}
