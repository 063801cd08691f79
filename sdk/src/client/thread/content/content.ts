// Content of messages: events are guarded; sections of received messages are checked at intake and passed to the
// application once, without a second check.
// docs/spec/referral.md, "Encoding"
import type { Event } from '@rex/proto/core/v1/thread'
import { guardContent } from '../../../core/referral/guard/guard.ts'
import { isSectionType, type ReferralSection } from '../../../core/referral/index.ts'
import { decodeSection } from '../../../core/referral-codec/section.ts'
import type { RawSection } from '../../api/thread.ts'

/** Refuses an event with an image or video in any of its texts (REX-REF-070). @throws RexError CONTENT_REFUSED with the path */
export function guardEvent({ content }: Pick<Event, 'content'>): void {
  if (content === undefined) return
  const members = Object.entries(content.value).filter(([, member]) => !holdsBytes(member))
  guardContent({ [content.$case]: Object.fromEntries(members) })
}

/** Bytes in an event are ids and digests (REX-REF-072). */
function holdsBytes(member: unknown): boolean {
  return member instanceof Uint8Array || (Array.isArray(member) && member[0] instanceof Uint8Array)
}

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
export function checkSection({ type, content }: SealedContent): ReferralSection {
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
