// Entity identifiers: opaque names of organisations. docs/spec/identity.md, "Entity identifiers"
import { RexError } from './error.ts'
import { LIMITS } from './limits.ts'

/** An entity identifier that was checked: `https://host[/path]`. */
export type EntityId = string

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** The last label begins with a letter: a host that ends in a number would be an address with many spellings. */
const LAST_LABEL = `(?=[a-z])${LABEL}`
const SEGMENT = '[a-z0-9_~-][a-z0-9._~-]*'
const ENTITY = new RegExp(`^https://(?:${LABEL}\\.)+${LAST_LABEL}(?:/${SEGMENT})*$`)

/** Whether a text is an entity identifier (REX-ID-001). */
export function isEntityId(text: string): text is EntityId {
  return text.length <= LIMITS.entityIdentifier && ENTITY.test(text)
}

/** The text as entity identifier. @throws RexError MALFORMED (REX-ID-001, T-034) */
export function parseEntityId(text: string, path = 'organisation'): EntityId {
  if (isEntityId(text)) return text
  throw new RexError('MALFORMED', `${path} is not an entity identifier.`, {
    path,
    hint: 'Write https://host or https://host/path in lower case, without port, query or trailing slash.',
  })
}
