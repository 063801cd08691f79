// Encodes sections of a referral as canonical protobuf, and decodes them. docs/spec/referral.md, "Encoding"
import { ReferralSection as Message } from '@rex/proto/core/v1/referral'
import { decodeLoosely, encoded, equal } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { LIMITS } from '../limits.ts'
import { guardContent, refuseMedia } from '../referral/guard/guard.ts'
import { mediaPath } from '../referral/media.ts'
import { SECTION_CONTENT } from '../referral/schema/schema.ts'
import {
  isSectionType,
  type ReferralSection,
  type SectionContent,
  type SectionType,
  sections,
} from '../referral/section.ts'
import type { Referral } from '../referral/types.ts'
import { parseSection } from '../referral/validate/validate.ts'
import { type MessageLike, toJson, toMessage } from './mapping.ts'

/** A section encoded for sealing. */
export interface EncodedSection {
  readonly type: SectionType
  /** Canonical bytes, the value of `Section.content`. */
  readonly content: Uint8Array
}

/**
 * Encodes the sections of a valid referral (see `parseReferral`) in transmission order, ready for sealing (REX-REF-030).
 * @throws RexError CONTENT_REFUSED with the path
 */
export function encodeSections(referral: Referral): EncodedSection[] {
  refuseMedia(mediaPath(referral))
  return sections(referral).map((section) => ({ type: section.type, content: toBytes(section).slice() }))
}

/** Returns the size in bytes of each section of a valid referral, without checking for media. */
export function sectionSizes(referral: Referral): { type: SectionType; size: number }[] {
  return sections(referral).map((section) => ({ type: section.type, size: toBytes(section).length }))
}

/**
 * Encodes a section canonically, as the value of `Section.content` (REX-REF-030). Unknown codes are kept, so that a received referral can
 * be passed on.
 * @throws RexError INVALID_REFERRAL or CONTENT_REFUSED, with the path
 */
export function encodeSection(section: ReferralSection): Uint8Array {
  const checked = parseSection(section)
  guardContent(checked.content)
  return toBytes(checked).slice()
}

/**
 * Decodes a section of this type from its canonical bytes. Checks it as strictly as JSON from a person, but keeps unknown codes
 * (REX-REF-031). `type` is the type stated in the envelope's Section.
 * @throws RexError MALFORMED, NOT_CANONICAL, LIMIT_EXCEEDED, INVALID_REFERRAL or CONTENT_REFUSED, with the path
 */
export function decodeSection(type: string, bytes: Uint8Array): ReferralSection {
  if (!isSectionType(type)) {
    throw new RexError('UNKNOWN_CODE', 'The section type is not known.', {
      path: 'section.type',
      metadata: { code: type.slice(0, 64) },
    })
  }
  const section = parseSection(decodeChecked(type, bytes))
  if (!equal(toBytes(section), bytes)) {
    throw new RexError('NOT_CANONICAL', `The section ${type} is not canonical.`, { path: type })
  }
  guardContent(section.content)
  return section
}

/** Decodes a section without checks, for bytes that `decodeSection` has accepted before. @throws RexError MALFORMED, LIMIT_EXCEEDED */
export function decodeChecked(type: string, bytes: Uint8Array): ReferralSection {
  const { id, version, ...message } = decodeLoosely(Message, bytes, `section ${type}`, LIMITS.envelope)
  const content = toJson(SECTION_CONTENT, message as unknown as MessageLike) as SectionContent
  return { type: type as SectionType, id, version, content }
}

/** Returns canonical bytes, which are valid only until anything else is encoded. */
function toBytes({ id, version, content }: ReferralSection): Uint8Array {
  return encoded(Message, { ...toMessage(SECTION_CONTENT, content), id, version } as unknown as Message)
}
