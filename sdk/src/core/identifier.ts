// Entity identifiers: opaque names of organisations. docs/spec/identity.md, "Entity identifiers"
import { RexError } from './error.ts'
import { LIMITS } from './limits.ts'

/** An entity identifier of the form `https://host[/path]`. */
export type EntityId = string

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** The last label begins with a letter, because a host that ends in a number would be an IP address, which has several spellings. */
const LAST_LABEL = `(?=[a-z])${LABEL}`
const SEGMENT = '[a-z0-9_~-][a-z0-9._~-]*'
const ENTITY = new RegExp(`^https://(?:${LABEL}\\.)+${LAST_LABEL}(?:/${SEGMENT})*$`)

/** Whether a text is an entity identifier (REX-ID-001). */
export function isEntityId(text: string): text is EntityId {
  return text.length <= LIMITS.entityIdentifier && ENTITY.test(text)
}

/**
 * Checks that a text is an entity identifier and returns it. @throws RexError MALFORMED, with the correct form as a suggestion (REX-ID-001,
 * T-034)
 */
export function parseEntityId(text: unknown, path = 'organisation'): EntityId {
  if (typeof text === 'string' && isEntityId(text)) return text
  const meant = typeof text === 'string' ? meantEntityId(text) : undefined
  const form = 'in lower case, without port, query, trailing dot or slash'
  throw new RexError('MALFORMED', `${path} is not an entity identifier.`, {
    path,
    hint:
      meant === undefined
        ? `Write https://host or https://host/path ${form}.`
        : `Write it as ${meant}: ${form}.`,
  })
}

/**
 * Reads an entity identifier typed by a person: lower-cases scheme and host and removes surrounding white space (REX-ENC-035).
 * @throws RexError MALFORMED
 */
export function readEntityId(text: unknown, path = 'organisation'): EntityId {
  if (typeof text !== 'string') return parseEntityId(text, path)
  return parseEntityId(
    text.trim().replace(/^https:\/\/[^/]+/i, (origin) => origin.toLowerCase()),
    path,
  )
}

/**
 * Guesses which entity identifier a person meant by a text that is not one, such as a host in another script. Undefined if the guess is not valid
 * either.
 */
function meantEntityId(text: string): EntityId | undefined {
  if (text.length > 2 * LIMITS.entityIdentifier) return undefined
  const plain = text.trim().toLowerCase()
  const meant = `https://${plain.replace(/^https?:\/\//, '')}`
    .replace(/^(https:\/\/[^/:]+?)\.?(?::443)?(?=\/|$)/, '$1')
    .replace(/\/+$/, '')
  const ascii = meant.replace(/^https:\/\/[^/]+/, URL.parse(meant)?.origin ?? '')
  return [meant, ascii].find(isEntityId)
}
