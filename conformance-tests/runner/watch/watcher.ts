// The organisation that watches: its secrets, and the invite with which a partner admits it. docs/guide/conformance.md, "Watch a partner"
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesOf, compact } from '../../generate/bytes/crypto.ts'
import { base64url } from '../../generate/bytes/wire.ts'
import { claimsOf, DAY, type Party, party, seconds, statement } from '../../generate/party.ts'
import { liveInvite } from '../../peer/partner/party.ts'
import { makeAuthority, makeLeaf, type TlsIdentity } from '../../peer/tls/certificate.ts'
import { publicKey } from '../../peer/tls/keys.ts'
import { BadFile, readJson } from '../../suite/read.ts'

const FILE = 'watcher.json'
/** How long the statement, message key and certificates are valid. After that, a new watcher is needed. */
const LIFE = 365 * DAY
/** Address at which nothing listens, because a watcher only makes calls. */
const NOWHERE = '127.0.0.1:1'
const IDENTIFIER = /^https:\/\/[a-z0-9.-]{3,200}$/

/** Content of the file in which a watcher is stored. Keys are PKCS#8, and all bytes are base64url. */
interface Stored {
  readonly organisation: string
  readonly secret: string
  readonly authorityKey: string
  readonly leafKey: string
  readonly authority: string
}

/** An organisation that sends only test traffic. */
export interface Watcher extends Party {
  /** Identifies the watcher's store to the partner (REX-DLV-008), the same in every call. */
  readonly incarnation: Uint8Array
  /** A certificate that is valid now. */
  identity(): TlsIdentity
}

/** Makes a watcher in a folder, and returns its invite. @throws BadFile */
export function makeWatcher(folder: string, organisation: string, now = Date.now()): string {
  if (!IDENTIFIER.test(organisation))
    throw new BadFile('--organisation is not an identifier such as https://watch.ngo.example.')
  const file = join(folder, FILE)
  if (existsSync(file)) throw new BadFile(`${file} exists already; choose another folder.`)
  const [authorityKey, leafKey] = [rsaKey(), rsaKey()]
  const notAfterMs = now + LIFE
  const authority = base64url(makeAuthority(organisation, authorityKey, { notAfterMs }).certificate)
  const stored: Stored = {
    organisation,
    secret: base64url(randomBytes(32)),
    authorityKey: pkcs8(authorityKey),
    leafKey: pkcs8(leafKey),
    authority,
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(file, JSON.stringify(stored), { mode: 0o600, flag: 'wx' })
  const whose = partyOf(stored, now)
  const claims = claimsOf(whose, { until: now + LIFE }, now)
  claims.iat = seconds(now)
  claims.exp = seconds(now + LIFE)
  claims.metadata.federation_entity.organization_name = `Watcher ${organisation} (test traffic)`
  Object.assign(claims.metadata.rex_party.gateway, { endpoints: [NOWHERE], ca: authority })
  return liveInvite(whose, compact(statement(claims, whose.entity)))
}

/** Opens the watcher stored in a folder. @throws BadFile */
export function openWatcher(folder: string): Watcher {
  const file = join(folder, FILE)
  if (!existsSync(file)) throw new BadFile(`${file} does not exist: make it with rex-conformance watcher.`)
  const stored = readJson(file) as Stored
  if (typeof stored?.secret !== 'string' || typeof stored.leafKey !== 'string')
    throw new BadFile(`${file} is not the file of a watcher.`)
  const whose = partyOf(stored, Date.now())
  const [authorityKey, leafKey] = [keyOf(stored.authorityKey), keyOf(stored.leafKey)]
  const certificate = Buffer.from(stored.authority, 'base64url')
  const authority = { certificate, key: authorityKey, name: `REX ${stored.organisation}` }
  const leaf = { uri: stored.organisation, key: publicKey(leafKey) }
  return {
    ...whose,
    incarnation: bytesOf(`${stored.secret} incarnation`, 16),
    identity: () => ({ certificate: makeLeaf(authority, leaf), key: leafKey, authority: certificate }),
  }
}

/** Derives the keys from the secret. */
function partyOf({ organisation, secret }: Stored, now: number): Party {
  return { ...party(secret, now), organisation }
}

function rsaKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
}

function pkcs8(key: KeyObject): string {
  return base64url(key.export({ format: 'der', type: 'pkcs8' }))
}

function keyOf(text: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'pkcs8' })
}
