// Checks the sections of received messages at intake, and passes them to the application once without a second check.
// docs/spec/referral.md, "Encoding"
import { isSectionType, type ReferralSection } from '../../../core/referral/index.ts'
import { decodeSection } from '../../../core/referral-codec/section.ts'
import type { RawSection } from '../../api/thread.ts'

interface SealedContent {
  readonly type: string
  readonly content: Uint8Array
}

const checked = new WeakMap<Uint8Array, ReferralSection>()

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

/** Decodes, checks and guards a section. @throws RexError as `decodeSection` does */
export function checkSection(type: string, content: Uint8Array): ReferralSection {
  const section = decodeSection(type, content)
  checked.set(content, section)
  return section
}

/** Returns a section that the caller may change freely, because no other reader shares it. */
export function takeSection({ type, content }: SealedContent): ReferralSection {
  const section = checked.get(content)
  checked.delete(content)
  return section ?? decodeSection(type, content)
}
