// The signed result of a run: the target, the vectors and the figures. docs/guide/conformance.md
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadFile } from '../suite/read.ts'
import type { Kind } from './process.ts'

const TYPE = 'rex-conformance+jws'
const DAY = 24 * 60 * 60
const MOST_DAYS = 366

/** Claims of a statement. Times are NumericDates. */
export interface StatementClaims {
  readonly iat: number
  readonly exp: number
  /** SHA-256 of all files of the suites, base64url. */
  readonly vectors: string
  readonly target: { readonly name: string; readonly kind: Kind; readonly features: readonly string[] }
  /** Number of cases of each outcome. */
  readonly figures: Readonly<Record<string, number>>
  /** Number of cases in the suites. */
  readonly cases: number
}

/** Returns one digest over the names and contents of all files below a folder. */
export function digestOf(vectors: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(vectors, { recursive: true })
    .map(String)
    .filter((file) => file.includes('.'))
  for (const file of files.sort()) {
    const content = readFileSync(join(vectors, file))
    hash.update(`${file.replaceAll('\\', '/')}\0${content.length}\0`).update(content)
  }
  return hash.digest('base64url')
}

/** Signs claims with an Ed25519 key as a compact JWS, with the public key in its header. `days`: validity, 1 to 366. @throws BadFile */
export function signStatement(
  claims: Omit<StatementClaims, 'iat' | 'exp'>,
  { key, nowMs, days }: { readonly key: string; readonly nowMs: number; readonly days: number },
): string {
  if (!Number.isSafeInteger(days) || days < 1 || days > MOST_DAYS)
    throw new BadFile(`--days is not a whole number from 1 to ${MOST_DAYS}.`)
  const secret = ed25519(() => createPrivateKey(key))
  const iat = Math.floor(nowMs / 1000)
  const header = { alg: 'Ed25519', jwk: createPublicKey(secret).export({ format: 'jwk' }), typ: TYPE }
  const input = [header, { iat, exp: iat + days * DAY, ...claims }].map(encoded).join('.')
  return `${input}.${sign(null, Buffer.from(input), secret).toString('base64url')}`
}

/** Verifies a statement against the signer's key. @throws BadFile if this key did not sign the statement, or it has expired */
export function verifyStatement(
  text: string,
  { key, nowMs }: { readonly key: string; readonly nowMs: number },
): StatementClaims {
  const [header = '', payload = '', signature = '', ...more] = text.trim().split('.')
  const pinned = ed25519(() => createPublicKey(key))
  const input = Buffer.from(`${header}.${payload}`)
  const isSigned = more.length === 0 && verify(null, input, pinned, Buffer.from(signature, 'base64url'))
  if (!isSigned || decoded(header).typ !== TYPE)
    throw new BadFile('The statement is not signed with this key.')
  const claims = decoded(payload) as unknown as StatementClaims
  if (nowMs >= claims.exp * 1000)
    throw new BadFile(`The statement expired on ${new Date(claims.exp * 1000).toISOString()}.`)
  return claims
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new BadFile('The key is not a PEM file that can be read.')
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new BadFile('The key is not an Ed25519 key.')
  return key
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
}
