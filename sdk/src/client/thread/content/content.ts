// Checks each section once while its thread is in memory, and decodes it for every reader. docs/spec/referral.md, "Encoding"
import { isSectionType, type ReferralSection } from '../../../core/referral/index.ts'
import { decodeChecked, decodeSection } from '../../../core/referral-codec/section.ts'
import type { RawSection } from '../../api/thread.ts'

interface SealedContent {
  readonly type: string
  readonly content: Uint8Array
}

/**
 * The contents that passed the check, each with its decoded section, or undefined after a reader has taken the section. No
 * content is checked twice, because the content guard (REX-REF-070), which searches for media, costs more than all other
 * checks.
 */
const checked = new WeakMap<Uint8Array, ReferralSection | undefined>()

/** Returns the sections of types that this version knows. */
export function knownSections<S extends SealedContent>(sections: readonly S[]): S[] {
  return sections.filter(({ type }) => isSectionType(type))
}

/** Returns the sections of types that this version does not know, as received. */
export function strangeSections(sections: readonly SealedContent[]): RawSection[] {
  return sections
    .filter(({ type }) => !isSectionType(type))
    .map(({ type, content }) => ({ type, content: Uint8Array.from(content) }))
}

/** Decodes a section of a received message, and checks it, also with the content guard (REX-REF-070). @throws RexError as `decodeSection` does */
export function checkSection(type: string, content: Uint8Array): ReferralSection {
  const section = decodeSection(type, content)
  checked.set(content, section)
  return section
}

/**
 * Returns a section that the caller may change freely, because every caller gets a separate object. Checks the content again if it was read from
 * the store since its last check. @throws RexError as `decodeSection` does
 */
export function takeSection({ type, content }: SealedContent): ReferralSection {
  const decode = checked.has(content) ? decodeChecked : decodeSection
  const section = checked.get(content) ?? decode(type, content)
  checked.set(content, undefined)
  return section
}
