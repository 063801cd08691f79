// The watched partner, as its invite or statement describes it once the signatures are verified. docs/spec/identity.md
import { createPublicKey, verify } from 'node:crypto'
import { BadFile } from '../../suite/read.ts'

const MOST_BYTES = 1024 * 1024
const MOST_ENDPOINTS = 8

/** The data that a watcher has about a partner. */
export interface WatchedPartner {
  readonly organisation: string
  /** `x` of the pinned entity key. */
  readonly entityKey: string
  /** Authority of the partner's gateway, DER. */
  readonly authority: Uint8Array
  /** `host:port`, most preferred first. */
  readonly endpoints: readonly string[]
  /** Entity configuration, JWT. */
  readonly statement: string
}

// biome-ignore lint/suspicious/noExplicitAny: what it must have is checked
type Json = any

/**
 * Reads an invite or an entity configuration. `pinned`: the entity key that must have signed it. Default: the key that is stated in it.
 * @throws BadFile
 */
export function readPartner(text: string, pinned?: string): WatchedPartner {
  const outer = parsed(text)
  const isInvite = outer.header.typ === 'rex-invite+jwt'
  const statement = isInvite ? String(outer.payload.entity_configuration) : text.trim()
  const { payload } = isInvite ? parsed(statement) : outer
  const entityKey = pinned ?? payload.jwks?.keys?.[0]?.x
  const gateway = payload.metadata?.rex_party?.gateway
  const endpoints: unknown = gateway?.endpoints
  const isWhole =
    typeof payload.sub === 'string' &&
    payload.iss === payload.sub &&
    typeof entityKey === 'string' &&
    typeof gateway?.ca === 'string' &&
    Array.isArray(endpoints) &&
    endpoints.length > 0 &&
    endpoints.every((one) => typeof one === 'string')
  if (!isWhole) throw new BadFile('The invite or statement of the partner is incomplete.')
  for (const jwt of isInvite ? [text, statement] : [text])
    if (!isSigned(jwt, entityKey))
      throw new BadFile('The invite or statement of the partner is not signed by it.')
  return {
    organisation: payload.sub,
    entityKey,
    authority: Buffer.from(gateway.ca, 'base64url'),
    endpoints: endpoints.slice(0, MOST_ENDPOINTS) as string[],
    statement,
  }
}

function parsed(jwt: string): { header: Json; payload: Json } {
  if (jwt.length > MOST_BYTES) throw new BadFile('The invite or statement of the partner is too long.')
  try {
    const parts = jwt.trim().split('.').slice(0, 2)
    const [header, payload] = parts.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    return { header: header ?? {}, payload: payload ?? {} }
  } catch {
    throw new BadFile('The file of the partner is neither an invite nor an entity configuration.')
  }
}

/** Whether an Ed25519 key, given as `x`, has signed a compact JWS. */
export function isSigned(jws: string, x: string): boolean {
  const [header = '', payload = '', signature = '', ...more] = jws.trim().split('.')
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const input = Buffer.from(`${header}.${payload}`)
    return more.length === 0 && verify(null, input, key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}
