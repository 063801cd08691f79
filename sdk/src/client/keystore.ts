// The keystore: one file with all keys of a desk, encrypted under a passphrase. docs/guide/desk.md, "At rest"
import { Buffer } from 'node:buffer'
import { argon2, randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { claimsOf } from '../core/claims.ts'
import { fromBase64url, toBase64url } from '../core/encoding.ts'
import { RexError } from '../core/error.ts'
import type { EpochChain } from '../core/identity/epoch.ts'
import { openAtRest, sealAtRest } from './cipher.ts'

const FILE = 'keystore.json'
const VERSION = 1
const PURPOSE = 'REX keystore'
/** Argon2id (RFC 9106, section 4, second recommended option): 64 MiB, three passes. */
const KDF = { memory: 64 * 1024, passes: 3, parallelism: 4 } as const
const derive = promisify(argon2)

/** Everything secret that a desk has. */
export interface Keys {
  readonly organisation: string
  /** Name of the organisation for people. */
  readonly name: string
  /** Address of the own gateway's mailbox, `host:port`. */
  readonly gateway: string
  /** 32-byte seeds of the Ed25519 keys. */
  readonly entitySeed: Uint8Array
  readonly messageSeed: Uint8Array
  /** When the message key was made. Unix milliseconds. */
  readonly messageKeyMs: number
  readonly epochs: EpochChain
  /** Wraps the keys of threads: 32 bytes. */
  readonly archiveKey: Uint8Array
  /** Names the desk store: 16 bytes. */
  readonly chain: Uint8Array
  readonly tls: {
    readonly privateKey: string
    readonly certificate: Uint8Array
    readonly authority: Uint8Array
  }
}

/** Opens the keystore of a desk directory. @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_FAILED */
export async function openKeystore(directory: string, passphrase: string): Promise<Keys> {
  const path = join(directory, FILE)
  await checkOwner(path)
  const file = await readFile(path, 'utf8')
  const { salt, sealed } = parseFile(file)
  const key = await stretch(passphrase, salt)
  return decodeKeys(unseal(key, sealed))
}

/** Writes the keystore durably: either the old or the new one is there, never half of one (T-087). */
export async function writeKeystore(directory: string, keys: Keys, passphrase: string): Promise<void> {
  const salt = randomBytes(16)
  const sealed = sealAtRest(await stretch(passphrase, salt), encodeKeys(keys), PURPOSE)
  const file = { version: VERSION, kdf: 'argon2id', salt: toBase64url(salt), sealed: toBase64url(sealed) }
  await writeDurably(join(directory, FILE), `${JSON.stringify(file, null, 2)}\n`)
}

/** Whether a directory has a keystore. */
export async function hasKeystore(directory: string): Promise<boolean> {
  return (await stat(join(directory, FILE)).catch(() => undefined)) !== undefined
}

function stretch(passphrase: string, salt: Uint8Array): Promise<Buffer> {
  const { memory, passes, parallelism } = KDF
  return derive('argon2id', {
    message: passphrase,
    nonce: salt,
    memory,
    passes,
    parallelism,
    tagLength: 32,
  }) as Promise<Buffer>
}

function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return openAtRest(key, sealed, PURPOSE)
  } catch (cause) {
    throw new RexError('UNLOCK_FAILED', 'The passphrase is wrong, or the keystore was changed.', { cause })
  }
}

async function checkOwner(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new RexError('NOT_FOUND', `There is no keystore at ${path}.`, {
      cause,
      hint: 'Make a desk with `rex-desk init`.',
    })
  })
  if ((found.mode & 0o077) !== 0) {
    throw new RexError('STORE_FAILED', `Others can read ${path}.`, { hint: `Run: chmod 600 ${path}` })
  }
}

function parseFile(file: string): { salt: Uint8Array; sealed: Uint8Array } {
  try {
    const claims = claimsOf(JSON.parse(file), 'keystore')
    if (claims.integer('version') !== VERSION)
      throw new RexError('STORE_TOO_NEW', 'The keystore has a newer format.')
    return { salt: claims.bytes('salt', 64), sealed: claims.bytes('sealed', 65_536) }
  } catch (cause) {
    if (RexError.is(cause, 'STORE_TOO_NEW')) throw cause
    throw new RexError('STORE_FAILED', 'The keystore is damaged.', {
      cause,
      hint: 'Restore it from the backup.',
    })
  }
}

function encodeKeys(keys: Keys): Uint8Array {
  const { entitySeed, messageSeed, archiveKey, chain, epochs, tls } = keys
  return Buffer.from(
    JSON.stringify({
      ...keys,
      entitySeed: toBase64url(entitySeed),
      messageSeed: toBase64url(messageSeed),
      archiveKey: toBase64url(archiveKey),
      chain: toBase64url(chain),
      epochs: { epoch: epochs.epoch, seed: toBase64url(epochs.seed) },
      tls: { ...tls, certificate: toBase64url(tls.certificate), authority: toBase64url(tls.authority) },
    }),
  )
}

function decodeKeys(bytes: Uint8Array): Keys {
  const claims = claimsOf(JSON.parse(Buffer.from(bytes).toString('utf8')), 'keystore')
  const [epochs, tls] = [claims.object('epochs'), claims.object('tls')]
  const certificate = (name: string) => fromBase64url(tls.text(name, 20_000), name)
  return {
    organisation: claims.text('organisation'),
    name: claims.text('name'),
    gateway: claims.text('gateway'),
    entitySeed: claims.bytes('entitySeed', 32),
    messageSeed: claims.bytes('messageSeed', 32),
    messageKeyMs: claims.integer('messageKeyMs'),
    archiveKey: claims.bytes('archiveKey', 32),
    chain: claims.bytes('chain', 16),
    epochs: { epoch: epochs.integer('epoch'), seed: epochs.bytes('seed', 32) },
    tls: {
      privateKey: tls.text('privateKey', 20_000),
      certificate: certificate('certificate'),
      authority: certificate('authority'),
    },
  }
}

async function writeDurably(path: string, content: string): Promise<void> {
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  const file = await open(fresh, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(fresh, path)
  const directory = await open(dirname(path))
  await directory.sync().finally(() => directory.close())
}
