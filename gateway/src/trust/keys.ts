// The gateway's own keys: its certification authority, its TLS certificate, its receipt key. docs/guide/gateway.md, "Files"
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Authority,
  CERTIFICATES_BEGIN,
  type Certificate,
  type CertificateUsage,
  certificateUri,
  createAuthority,
  createSigningRequest,
  fromBase64url,
  fromPem,
  generateRsaKey,
  isRenewalDue,
  issueCertificate,
  LIMITS,
  localSigner,
  parseCertificate,
  RexError,
  type TrustedTime,
  toBase64url,
  toPem,
  wasIssuedAhead,
} from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { readKey, syncDirectory, writeSecret } from './files.ts'
import { exists, openReceiptKeys, type ReceiptKeys } from './receipt-keys.ts'

/** The key files of a gateway. */
export const KEY_FILES = {
  authority: 'authority.pem',
  authorityKey: 'authority.key',
  certificate: 'gateway.pem',
  certificateKey: 'gateway.key',
  receiptKey: 'receipt.key',
} as const

/** The next certificate and its key, while they take the place of those in use. Not in backups: a restore begins with the ones in use. */
const NEXT_FILES = { nextCertificate: 'gateway.next.pem', nextCertificateKey: 'gateway.next.key' } as const

type KeyFile = keyof typeof KEY_FILES | keyof typeof NEXT_FILES

/** A certificate with its key, as presented in handshakes. */
export interface Identity {
  /** DER. */
  readonly certificate: Uint8Array
  /** PKCS#8 PEM. */
  readonly privateKey: string
  /** DER. */
  readonly authority: Uint8Array
}

/** The keys of a gateway. */
export interface GatewayKeys {
  readonly authority: Authority
  readonly receipts: ReceiptKeys
  /** The certificate in use. */
  identity(): Identity
  /** Expiry of the certificate. Unix milliseconds. */
  expiresMs(): number
  /** Replaces the certificate when a third of its life is left, or if a wrong clock made it. Undefined: it stays. */
  renewIfDue(): Promise<Renewal | undefined>
  /** Replaces the key of the certificate, and with it the certificate, under the same authority. Returns the fingerprint of the new key. */
  rotateCertificate(): Promise<string>
  /** Certifies a key of this organisation under its authority. Returns DER. @throws RexError CERTIFICATE_INVALID */
  certify(signingRequest: Uint8Array, usage: CertificateUsage): Uint8Array
}

/** Why a certificate was replaced: it was due, or the clock was wrong when it was made. */
type Renewal = 'due' | 'made-by-a-wrong-clock'

/** Owner and location of the keys. */
interface KeyOptions {
  readonly organisation: string
  /** Directory of the key files. */
  readonly directory: string
  readonly clock: Pick<Clock, 'now'>
  /** Default: no trusted time. */
  readonly time?: Pick<TrustedTime, 'passed' | 'atLeast' | 'confirmed'>
}

/** Creates the keys of a new gateway. */
export async function createKeys({ organisation, directory, clock }: KeyOptions): Promise<void> {
  await mkdir(directory, { mode: 0o700, recursive: true })
  const write = (file: keyof typeof KEY_FILES, content: string) =>
    writeSecret(join(directory, KEY_FILES[file]), content)
  const [authority, privateKey] = await Promise.all([
    createAuthority({
      organisation,
      now: clock.now(),
      sinceMs: Math.min(clock.now() - LIMITS.skew, CERTIFICATES_BEGIN),
    }),
    generateRsaKey(),
  ])
  const identity = issueIdentity({ organisation, authority, privateKey, now: clock.now() })
  await write('authorityKey', authority.privateKey)
  await write('authority', toPem('CERTIFICATE', authority.certificate))
  await write('certificateKey', privateKey)
  await write('certificate', toPem('CERTIFICATE', identity))
  await write('receiptKey', toBase64url(randomBytes(32)))
}

/** The private key (PEM) of a certificate (DER). @throws Error if it belongs to another one, or is damaged */
function keyOf(certificate: Uint8Array, pem: string): string {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(pem)))
    throw new Error('The key belongs to another certificate.')
  return pem
}

/**
 * Checks the contents of key files. `content` gives the text of each.
 * @throws RexError CONFIG_INVALID if they belong to another organisation; other errors if one is damaged, or belongs to another
 */
export function checkKeys(organisation: string, content: (file: string) => string): void {
  for (const name of ['authority', 'certificate'] as const) {
    const certificate = fromPem('CERTIFICATE', content(KEY_FILES[name]), KEY_FILES[name])
    keyOf(certificate, content(KEY_FILES[`${name}Key`]))
    if (name === 'certificate')
      checkOwner(parseCertificate(certificate), { organisation, path: KEY_FILES[name] })
  }
  localSigner(fromBase64url(content(KEY_FILES.receiptKey).trim(), 'receipt key'))
}

/** Reads the keys. A missing or damaged key is never recreated (T-087). @throws RexError CONFIG_INVALID, CERTIFICATE_INVALID */
export async function openKeys({ organisation, directory, clock, time }: KeyOptions): Promise<GatewayKeys> {
  const path = (file: KeyFile) => join(directory, { ...KEY_FILES, ...NEXT_FILES }[file])
  const pair = async (file: 'authority' | 'certificate') => {
    const certificate = await readKey(path(file), (pem) => fromPem('CERTIFICATE', pem, path(file)))
    return { certificate, privateKey: await readKey(path(`${file}Key`), (pem) => keyOf(certificate, pem)) }
  }
  const authority = await pair('authority')
  const receipts = await openReceiptKeys(path('receiptKey'))
  await settleCertificate(path)
  let identity: Identity = { ...(await pair('certificate')), authority: authority.certificate }
  let life = parseCertificate(identity.certificate)
  let turn: Promise<unknown> = Promise.resolve()
  /** Changes of the certificate come one after the other. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const done = turn.then(step)
    turn = done.catch(() => {})
    return done
  }
  checkOwner(life, { organisation, path: path('certificate') })

  return {
    authority,
    receipts,
    identity: () => identity,
    expiresMs: () => life.notAfterMs,
    renewIfDue: () =>
      inTurn(async () => {
        const wrong = clock.now() < life.notBeforeMs || (time?.confirmed() === true && isAhead(time.passed()))
        if (!wrong && !isRenewalDue(life, clock.now())) return undefined
        const { privateKey } = identity
        const certificate = issueIdentity({ organisation, authority, privateKey, now: issuingTime() })
        await writeSecret(path('certificate'), toPem('CERTIFICATE', certificate))
        identity = { ...identity, certificate }
        life = parseCertificate(certificate)
        return wrong ? 'made-by-a-wrong-clock' : 'due'
      }),
    rotateCertificate: () =>
      inTurn(async () => {
        const privateKey = await generateRsaKey()
        const certificate = issueIdentity({ organisation, authority, privateKey, now: issuingTime() })
        await writeSecret(path('nextCertificateKey'), privateKey)
        await writeSecret(path('nextCertificate'), toPem('CERTIFICATE', certificate))
        await settleCertificate(path)
        identity = { ...identity, privateKey, certificate }
        life = parseCertificate(certificate)
        return life.keyFingerprint
      }),
    certify: (signingRequest, usage) =>
      issue({ organisation, authority, signingRequest, usage, now: issuingTime() }),
  }

  function isAhead(now: number): boolean {
    return wasIssuedAhead(life, { authority: parseCertificate(authority.certificate), now })
  }

  /** A certificate made while this clock is behind must still be valid when the clock is right again (REX-ID-064). */
  function issuingTime(): number {
    return Math.max(clock.now(), time?.atLeast() ?? 0)
  }
}

/**
 * Puts the next certificate and its key in the place of those in use, wherever that was interrupted: the certificate is written last and
 * moved last, so that its file says whether the next ones count.
 */
async function settleCertificate(path: (file: KeyFile) => string): Promise<void> {
  if (!(await exists(path('nextCertificate')))) return rm(path('nextCertificateKey'), { force: true })
  if (await exists(path('nextCertificateKey')))
    await rename(path('nextCertificateKey'), path('certificateKey'))
  await syncDirectory(path('certificateKey'))
  await rename(path('nextCertificate'), path('certificate'))
  await syncDirectory(path('certificate'))
}

/** Refuses keys of another organisation: no partner would admit this gateway (T-146). */
function checkOwner(
  { uris }: Certificate,
  { organisation, path }: { organisation: string; path: string },
): void {
  if (uris.includes(certificateUri(organisation, 'gateway'))) return
  throw new RexError('CONFIG_INVALID', `${path} is not a certificate of ${organisation}.`, {
    path: 'organisation',
    hint: 'Restore the organisation for which the gateway was made, or the keys that belong to this organisation.',
  })
}

function issueIdentity(from: {
  organisation: string
  authority: Authority
  privateKey: string
  now: number
}): Uint8Array {
  const uri = certificateUri(from.organisation, 'gateway')
  const signingRequest = createSigningRequest({ privateKey: from.privateKey, uri })
  return issue({ ...from, signingRequest, usage: 'gateway' })
}

/** A leaf's validity starts with its authority's, so that it does not depend on a clock that was ahead (REX-ID-064). */
function issue(from: {
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
