// The gateway's own keys: its certification authority, its TLS certificate, its receipt key. docs/guide/gateway.md, "Files"
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Authority,
  certificateUri,
  createAuthority,
  createSigningRequest,
  fromBase64url,
  fromPem,
  generateRsaKey,
  issueCertificate,
  localSigner,
  parseCertificate,
  type Signer,
  toBase64url,
  toPem,
} from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import { readSecret, writeSecret } from './files.ts'

const FILES = {
  authority: 'authority.pem',
  authorityKey: 'authority.key',
  certificate: 'gateway.pem',
  certificateKey: 'gateway.key',
  receiptKey: 'receipt.key',
} as const

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
  readonly receiptSigner: Signer
  /** Ed25519 public key: 32 bytes. */
  readonly receiptPublicKey: Uint8Array
  /** The certificate in use. */
  identity(): Identity
  /** When it ends. Unix milliseconds. */
  expiresMs(): number
  /** Replaces the certificate when two thirds of its life are over. True: it was replaced. */
  renewIfDue(): Promise<boolean>
}

/** What keys belong to. */
export interface KeyOptions {
  readonly organisation: string
  /** Directory of the key files. */
  readonly directory: string
  readonly clock: Clock
}

/** Makes the keys of a new gateway. */
export async function createKeys({ organisation, directory, clock }: KeyOptions): Promise<void> {
  await mkdir(directory, { mode: 0o700, recursive: true })
  const write = (file: keyof typeof FILES, content: string) =>
    writeSecret(join(directory, FILES[file]), content)
  const [authority, privateKey] = await Promise.all([
    createAuthority({ organisation, now: clock.now() }),
    generateRsaKey(),
  ])
  const identity = issueIdentity({ organisation, authority, privateKey, now: clock.now() })
  await write('authorityKey', authority.privateKey)
  await write('authority', toPem('CERTIFICATE', authority.certificate))
  await write('certificateKey', privateKey)
  await write('certificate', toPem('CERTIFICATE', identity))
  await write('receiptKey', toBase64url(randomBytes(32)))
}

/** Reads the keys. @throws RexError CONFIG_INVALID, CERTIFICATE_INVALID; a missing key is never made anew (T-087) */
export async function openKeys({ organisation, directory, clock }: KeyOptions): Promise<GatewayKeys> {
  const path = (file: keyof typeof FILES) => join(directory, FILES[file])
  const pem = async (file: 'authority' | 'certificate') =>
    fromPem('CERTIFICATE', await readSecret(path(file)), path(file))
  const authority = {
    certificate: await pem('authority'),
    privateKey: await readSecret(path('authorityKey')),
  }
  const receiptSigner = localSigner(
    fromBase64url((await readSecret(path('receiptKey'))).trim(), 'receipt key'),
  )
  let identity: Identity = {
    certificate: await pem('certificate'),
    privateKey: await readSecret(path('certificateKey')),
    authority: authority.certificate,
  }
  let life = parseCertificate(identity.certificate)

  return {
    authority,
    receiptSigner,
    receiptPublicKey: fromBase64url(receiptSigner.key.x, 'receipt key'),
    identity: () => identity,
    expiresMs: () => life.notAfterMs,
    async renewIfDue() {
      const dueMs = life.notBeforeMs + ((life.notAfterMs - life.notBeforeMs) * 2) / 3
      if (clock.now() < dueMs) return false
      const { privateKey } = identity
      const certificate = issueIdentity({ organisation, authority, privateKey, now: clock.now() })
      await writeSecret(path('certificate'), toPem('CERTIFICATE', certificate))
      identity = { ...identity, certificate }
      life = parseCertificate(certificate)
      return true
    },
  }
}

function issueIdentity(from: {
  organisation: string
  authority: Authority
  privateKey: string
  now: number
}): Uint8Array {
  const uri = certificateUri(from.organisation, 'gateway')
  const signingRequest = createSigningRequest({ privateKey: from.privateKey, uri })
  return issueCertificate({ authority: from.authority, signingRequest, uri, usage: 'gateway', now: from.now })
}
