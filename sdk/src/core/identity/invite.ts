// Invites: two organisations pair by exchanging signed files and comparing six words by phone. docs/spec/identity.md, "Pairing"
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { claimsOf, numericDate } from '../encoding/claims.ts'
import { digest, toHex, utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { unwrapped } from '../input/text.ts'
import { signJwt, verifyJwt } from '../jose/jose.ts'
import { type Ed25519PublicJwk, kid, type Signer } from '../jose/key.ts'
import { parseJwt } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'
import { type EntityConfiguration, parseEntityConfiguration, verifyEntityConfiguration } from './entity.ts'

const WORDS = 6
const BITS_PER_WORD = 11

/** An invite whose signature matches the key that it states. Only the six words, compared by voice, show whether the key is the organisation's. */
export interface Invite {
  readonly configuration: EntityConfiguration
  /** The six words that two people compare by voice. */
  readonly words: readonly string[]
  readonly expiresMs: number
}

/** Signs an invite that contains the current entity configuration (REX-ID-040). */
export function signInvite(
  configuration: string,
  options: { signer: Signer; now: number; expiresMs: number },
): Promise<string> {
  const { organisation } = parseEntityConfiguration(configuration)
  const claims = {
    iss: organisation,
    iat: numericDate(options.now),
    exp: numericDate(options.expiresMs),
    entity_configuration: configuration,
  }
  return signJwt('invite', claims, options.signer)
}

/**
 * Verifies an invite, even if a mail program has wrapped its lines (REX-ENC-033, REX-ID-041). @throws RexError EXPIRED, STATEMENT_INVALID,
 * CLOCK_SKEW, and the errors of parsing
 */
export async function verifyInvite(invite: string, now: number): Promise<Invite> {
  const jwt = typeof invite === 'string' ? unwrapped(invite) : ''
  const claims = claimsOf(parseJwt('invite', jwt, LIMITS.entityConfiguration * 2).claims, '')
  claims.timeMs('iat')
  const statement = claims.text('entity_configuration', LIMITS.entityConfiguration)
  const { organisation, entityKey } = parseEntityConfiguration(statement)
  if (claims.text('iss') !== organisation)
    throw new RexError('STATEMENT_INVALID', 'The invite and its statement name different organisations.')
  await verifyJwt('invite', jwt, entityKey)
  const expiresMs = claims.timeMs('exp')
  if (now >= expiresMs) throw new RexError('EXPIRED', 'The invite has expired.')
  const configuration = await verifyEntityConfiguration(statement, { entityKey, organisation, now })
  return { configuration, words: entityWords(organisation, entityKey), expiresMs }
}

/** Derives the six words (66 bits) by which two people compare an organisation's identifier and entity key by voice (REX-ID-042). */
export function entityWords(organisation: string, entityKey: Ed25519PublicJwk): string[] {
  const bytes = digest('REX-1 entity-words', utf8(`${organisation} ${kid(entityKey)}`))
  let bits = BigInt(`0x${toHex(bytes)}`) >> BigInt(256 - WORDS * BITS_PER_WORD)
  const indexes = Array.from({ length: WORDS }, () => {
    const index = Number(bits & 2047n)
    bits >>= BigInt(BITS_PER_WORD)
    return index
  })
  return indexes.reverse().map((index) => wordlist[index] as string)
}
