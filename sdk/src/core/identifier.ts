// Entity identifiers: opaque names of organisations. docs/spec/identity.md, "Entity identifiers"
import { RexError } from './error.ts'
import { LIMITS } from './limits.ts'

/** A checked entity identifier: `https://host[/path]`. */
export type EntityId = string

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** The last label begins with a letter: a host that ends in a number would be an IP address, which has many notations. */
const LAST_LABEL = `(?=[a-z])${LABEL}`
const SEGMENT = '[a-z0-9_~-][a-z0-9._~-]*'
const ENTITY = new RegExp(`^https://(?:${LABEL}\\.)+${LAST_LABEL}(?:/${SEGMENT})*$`)

/** Whether a text is an entity identifier (REX-ID-001). */
export function isEntityId(text: string): text is EntityId {
  return text.length <= LIMITS.entityIdentifier && ENTITY.test(text)
}

/** The text as entity identifier. @throws RexError MALFORMED, which suggests the right form (REX-ID-001, T-034) */
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
 * The organisation that a person means: scheme and host are lower-cased, surrounding white space is removed (REX-ENC-035).
 * @throws RexError MALFORMED
 */
export function readEntityId(text: unknown, path = 'organisation'): EntityId {
  if (typeof text !== 'string') return parseEntityId(text, path)
  return parseEntityId(
    text.trim().replace(/^https:\/\/[^/]+/i, (origin) => origin.toLowerCase()),
    path,
  )
}

/** The identifier most likely meant by a wrong one. */
function meantEntityId(text: string): EntityId | undefined {
  const plain = text.trim().toLowerCase()
  const meant = `https://${plain.replace(/^https?:\/\//, '')}`
    .replace(/^(https:\/\/[^/:]+?)\.?(?::443)?(?=\/|$)/, '$1')
    .replace(/\/+$/, '')
  return isEntityId(meant) ? meant : undefined
}
