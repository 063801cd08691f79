// The gateway's certification authority, TLS certificate and receipt key. docs/guide/gateway.md, "Files"
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Authority,
  CERTIFICATES_BEGIN,
  type CertificateUsage,
  createAuthority,
  fromBase64url,
  fromPem,
  generateRsaKey,
  LIMITS,
  localSigner,
  parseCertificate,
  type TrustedTime,
  toBase64url,
  toPem,
} from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { AUTHORITY_FILES, keyOf, openAuthorities } from './authorities.ts'
import {
  CERTIFICATE_FILES,
  checkOwner,
  type Identity,
  issue,
  issueIdentity,
  openCertificate,
  type Renewal,
} from './certificate.ts'
import { writeSecret } from './files.ts'
import { openReceiptKeys, type ReceiptKeys } from './receipt-keys.ts'
import { createTurns } from './turns.ts'

/** The key files of a gateway. */
export const KEY_FILES = {
  authority: 'authority.pem',
  authorityKey: 'authority.key',
  certificate: 'gateway.pem',
  certificateKey: 'gateway.key',
  receiptKey: 'receipt.key',
} as const

type KeyFile = keyof typeof KEY_FILES | keyof typeof CERTIFICATE_FILES | keyof typeof AUTHORITY_FILES

/** The keys of a gateway. */
export interface GatewayKeys {
  /** The authority in use. */
  authority(): Authority
  /** Returns the authority that the gateway will change to, or undefined if there is none. */
  nextAuthority(): Authority | undefined
  /** Returns the authorities that may have issued desk certificates, DER: the current authority, then former authorities. */
  deskAuthorities(): Uint8Array[]
  readonly receipts: ReceiptKeys
  /** The certificate in use. */
  identity(): Identity
  /** Returns a certificate of the next authority for the same key, or undefined if there is no next authority. */
  nextIdentity(): Identity | undefined
  /** Expiry of the certificate. Unix milliseconds. */
  expiresMs(): number
  /** Replaces the certificate if a third of its life is left or a wrong clock made it. Returns undefined if it was not replaced. */
  renewIfDue(): Promise<Renewal | undefined>
  /** Replaces the key of the certificate, and with it the certificate, under the same authority. Returns the fingerprint of the new key. */
  rotateCertificate(): Promise<string>
  /** Makes the next authority, unless there already is one. Returns its fingerprint. */
  beginAuthority(): Promise<string>
  /** Makes the next authority the current one and reissues the certificate. Returns the authority's fingerprint. @throws RexError NOT_FOUND */
  changeAuthority(): Promise<string>
  /** Calls `listener` after every change of the authorities. */
  onChange(listener: () => void): void
  /** Certifies a key of this organisation under its authority. Returns DER. @throws RexError CERTIFICATE_INVALID */
  certify(signingRequest: Uint8Array, usage: CertificateUsage): Uint8Array
}

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

/**
 * Checks the contents of key files. `content` returns the text of a file.
 * @throws RexError CONFIG_INVALID if they belong to another organisation; other errors if a file is damaged, or a key does not match its
 * certificate
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
  const path = (file: KeyFile) =>
    join(directory, { ...KEY_FILES, ...CERTIFICATE_FILES, ...AUTHORITY_FILES }[file])
  // Use the later time, because a certificate made while this clock is behind must be valid when the clock is right again (REX-ID-064).
  const issuingTime = () => Math.max(clock.now(), time?.atLeast() ?? 0)
  const authorities = await openAuthorities({ organisation, path, now: issuingTime })
  const receipts = await openReceiptKeys(path('receiptKey'))
  const own = await openCertificate({ organisation, path, clock, time, authorities, issuingTime })
  const listeners: (() => void)[] = []
  /** Runs changes of certificate and authority one after another. */
  const inTurn = createTurns()
  return {
    authority: authorities.inUse,
    nextAuthority: authorities.next,
    deskAuthorities: authorities.ofDesks,
    receipts,
    identity: own.identity,
    nextIdentity: own.nextIdentity,
    expiresMs: own.expiresMs,
    renewIfDue: () => inTurn(own.renewIfDue),
    rotateCertificate: () => inTurn(own.rotate),
    beginAuthority: () => inTurn(authorities.begin),
    changeAuthority: () =>
      inTurn(async () => {
        const name = await authorities.change()
        for (const listener of listeners) listener()
        await own.issueAnew()
        return name
      }),
    onChange: (listener) => void listeners.push(listener),
    certify: (signingRequest, usage) =>
      issue({ organisation, authority: authorities.inUse(), signingRequest, usage, now: issuingTime() }),
  }
}
