// Keys that change while a desk runs: chain, message key, epoch seed, certificate. Backups never contain them. docs/guide/desk.md, "At rest"
import { Buffer } from 'node:buffer'
import { join } from 'node:path'
import { type Claims, claimsOf, textOf } from '../../core/encoding/claims.ts'
import { fromBase64url, toBase64url } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import type { DatedKey } from '../../core/identity/entity.ts'
import type { EpochChain } from '../../core/identity/epoch.ts'
import { readJson } from '../../core/input/json.ts'
import { parseSigningKey } from '../../core/jose/key.ts'
import type { TlsIdentity } from '../../transport/network/tls.ts'
import { openAtRest, sealAtRest } from './cipher.ts'
import type { DestroyedKeys } from './destroyed.ts'
import { look, readPrivately, writeDurably } from './durable.ts'

const FILE = 'current.json'
const VERSION = 2
const PURPOSE = 'REX current keys'
const LIMIT = 65_536
const MOST_DESTROYED = 1024
/** Maximum number of gateway addresses to keep. */
export const MOST_GATEWAYS = 16
/** Maximum number of revoked message keys to keep, more than a statement lists. The latest are kept. */
export const MOST_REVOKED = 32

/** The desk's certificate for its gateway, and the authorities by which the desk authenticates the gateway. */
export interface DeskTls extends Required<TlsIdentity> {
  /** The gateway's next authority (REX-ID-081), DER. Default: none. */
  readonly nextAuthority?: Uint8Array
}

/** The keys that change while the desk runs. */
export interface RotatingKeys extends DestroyedKeys {
  /** Mailbox addresses of the desk's gateway, `host:port`, in the order in which they are tried: 1 to 16. */
  readonly gateways: readonly string[]
  /** The chain, which identifies the desk store: 16 bytes. */
  readonly chain: Uint8Array
  /** Present if the desk store was restored and other organisations have not been informed of that yet (REX-THR-028). */
  readonly resumes?: {
    /** The previous chain. Absent: unknown. */
    readonly previousChain?: Uint8Array
  }
  /**
   * The message key that replaced the founding message key. Default: the founding message key is in use. `sinceMs`:
   * Unix milliseconds.
   */
  readonly message?: { readonly seed: Uint8Array; readonly sinceMs: number }
  /** Message keys that this desk has revoked, latest last, at most 32. Default: none. */
  readonly revoked?: readonly DatedKey[]
  /** Receipt keys of the desk's gateway that this desk has revoked as compromised, latest last, at most 32. Default: none. */
  readonly revokedReceipts?: readonly DatedKey[]
  /** Set while a key change is unpublished. Nothing may be signed until it is published. */
  readonly unpublished?: true
  readonly epochs: EpochChain
  readonly tls: DeskTls
}

/** Whether a directory has rotating keys. */
export async function hasRotatingKeys(directory: string): Promise<boolean> {
  return (await look(join(directory, FILE))) !== undefined
}

/** Opens the rotating keys of a desk directory. @throws RexError NOT_FOUND, STORE_FAILED, STORE_TOO_NEW */
export async function openRotatingKeys(directory: string, archiveKey: Uint8Array): Promise<RotatingKeys> {
  const path = join(directory, FILE)
  const file = await readPrivately(path, {
    message: `${path} is missing, as after a restore from a backup.`,
    hint: 'Begin a new chain with `rex-desk restore`.',
  })
  return decodeCurrent(openAtRest(archiveKey, sealedOf(file), PURPOSE))
}

/** Writes the rotating keys durably and destroys the previous ones. */
export async function writeRotatingKeys(
  directory: string,
  current: RotatingKeys,
  archiveKey: Uint8Array,
): Promise<void> {
  const sealed = toBase64url(sealAtRest(archiveKey, encodeCurrent(current), PURPOSE))
  await writeDurably(join(directory, FILE), `${JSON.stringify({ version: VERSION, sealed }, null, 2)}\n`)
}

function sealedOf(file: string): Uint8Array {
  try {
    const claims = claimsOf(readJson(file), 'current keys')
    const version = claims.integer('version')
    if (version !== VERSION)
      throw new RexError(
        'STORE_TOO_NEW',
        `The current keys have format ${version}; this version of REX reads format ${VERSION}.`,
      )
    return claims.bytes('sealed', LIMIT)
  } catch (cause) {
    if (RexError.is(cause, 'STORE_TOO_NEW')) throw cause
    throw new RexError('STORE_FAILED', 'The current keys are damaged.', {
      cause,
      hint: 'Begin a new chain with `rex-desk restore`.',
    })
  }
}

function encodeCurrent({
  gateways,
  chain,
  resumes,
  message,
  revoked,
  revokedReceipts,
  unpublished,
  epochs,
  destroyed,
  seedsSince,
  tls,
}: RotatingKeys): Uint8Array {
  const { previousChain } = resumes ?? {}
  return Buffer.from(
    JSON.stringify({
      gateways,
      chain: toBase64url(chain),
      ...(resumes && { resumes: { ...(previousChain && { previousChain: toBase64url(previousChain) }) } }),
      ...(message && { message: { ...message, seed: toBase64url(message.seed) } }),
      ...(revoked && { revoked: revoked.map(encodeRevoked) }),
      ...(revokedReceipts && { revokedReceipts: revokedReceipts.map(encodeRevoked) }),
      ...(unpublished && { unpublished }),
      epochs: { epoch: epochs.epoch, seed: toBase64url(epochs.seed) },
      ...(destroyed && { destroyed }),
      ...(seedsSince !== undefined && { seedsSince }),
      tls: {
        ...tls,
        certificate: toBase64url(tls.certificate),
        authority: toBase64url(tls.authority),
        ...(tls.nextAuthority && { nextAuthority: toBase64url(tls.nextAuthority) }),
      },
    }),
  )
}

function decodeCurrent(bytes: Uint8Array): RotatingKeys {
  const claims = claimsOf(readJson(bytes), 'current keys')
  const [epochs, tls] = [claims.object('epochs'), claims.object('tls')]
  const certificate = (name: string) => fromBase64url(tls.text(name, 20_000), name)
  return {
    gateways: claims.list('gateways', MOST_GATEWAYS, (address, path) => textOf(address, path)),
    chain: claims.bytes('chain', 16),
    ...(claims.has('resumes') && { resumes: decodeResumes(claims.object('resumes')) }),
    ...(claims.has('message') && { message: decodeMessage(claims.object('message')) }),
    ...(claims.has('revoked') && { revoked: claims.list('revoked', MOST_REVOKED, decodeRevoked) }),
    ...(claims.has('revokedReceipts') && {
      revokedReceipts: claims.list('revokedReceipts', MOST_REVOKED, decodeRevoked),
    }),
    ...(claims.has('unpublished') && { unpublished: true }),
    epochs: { epoch: epochs.integer('epoch'), seed: epochs.bytes('seed', 32) },
    ...(claims.has('destroyed') && {
      destroyed: claims.list('destroyed', MOST_DESTROYED, (id, path) => textOf(id, path)),
    }),
    ...(claims.has('seedsSince') && { seedsSince: claims.integer('seedsSince') }),
    tls: {
      privateKey: tls.text('privateKey', 20_000),
      certificate: certificate('certificate'),
      authority: certificate('authority'),
      ...(tls.has('nextAuthority') && { nextAuthority: certificate('nextAuthority') }),
    },
  }
}

function decodeResumes(claims: Claims): NonNullable<RotatingKeys['resumes']> {
  return claims.has('previousChain') ? { previousChain: claims.bytes('previousChain', 16) } : {}
}

function decodeMessage(claims: Claims): NonNullable<RotatingKeys['message']> {
  return { seed: claims.bytes('seed', 32), sinceMs: claims.integer('sinceMs') }
}

function encodeRevoked({ jwk, notBeforeMs, expiresMs, revoked }: DatedKey): object {
  return { x: jwk.x, notBeforeMs, expiresMs, ...revoked }
}

function decodeRevoked(value: unknown, path: string): DatedKey {
  const claims = claimsOf(value, path)
  const jwk = parseSigningKey({ kty: 'OKP', crv: 'Ed25519', x: claims.text('x') }, path)
  const reason = claims.text('reason') === 'compromised' ? 'compromised' : 'superseded'
  const [notBeforeMs, expiresMs] = [claims.integer('notBeforeMs'), claims.integer('expiresMs')]
  return { jwk, notBeforeMs, expiresMs, revoked: { reason, atMs: claims.integer('atMs') } }
}
