// Decodes sections of a message. docs/spec/envelope.md, REX-ENV-021
import { Section } from '@rex/proto/core/v1/envelope'
import { isCode } from '../code.ts'
import { decode } from '../encoding/encoding.ts'
import { ensure } from '../error.ts'
import { LIMITS } from '../limits.ts'

const SALT = 32

/** Decodes a section but not its content (REX-ENV-021). @throws RexError MALFORMED, NOT_CANONICAL or LIMIT_EXCEEDED */
export function readSection(bytes: Uint8Array, path: string): Section {
  const section = decode(Section, bytes, path, LIMITS.envelope)
  ensure(section.salt.length === SALT, `${path}.salt`)
  ensure(isCode(section.type), `${path}.type`)
  return section
}
