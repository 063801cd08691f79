// Sections of received messages: checked at intake, and passed to the application once, without a second check.
// docs/spec/referral.md, "Encoding"
import { isSectionType, type ReferralSection } from '../../../core/referral/index.ts'
import { decodeSection } from '../../../core/referral-codec/section.ts'
import type { RawSection } from '../../api/thread.ts'

interface SealedContent {
  readonly type: string
  readonly content: Uint8Array
}

const checked = new WeakMap<Uint8Array, ReferralSection>()

/** Sections of types known to this version. */
export function knownSections<S extends SealedContent>(sections: readonly S[]): S[] {
  return sections.filter(({ type }) => isSectionType(type))
}

/** Sections of types unknown to this version, as received. */
export function strangeSections(sections: readonly SealedContent[]): RawSection[] {
  return sections
    .filter(({ type }) => !isSectionType(type))
    .map(({ type, content }) => ({ type, content: Uint8Array.from(content) }))
}

/** Decodes a section, checks and guards it. @throws RexError as decodeSection does */
export function checkSection(type: string, content: Uint8Array): ReferralSection {
  const section = decodeSection(type, content)
  checked.set(content, section)
  return section
}

/** The section, for a single owner: changes by the application have no effect here. */
export function takeSection({ type, content }: SealedContent): ReferralSection {
  const section = checked.get(content)
  checked.delete(content)
  return section ?? decodeSection(type, content)
}
