// Sections of received messages: checked when they are taken in, handed to the application once without a second check. docs/spec/referral.md, "Encoding"
import type { ReferralSection } from '../core/referral/index.ts'
import { decodeSection } from '../core/referral-codec/section.ts'

interface SealedContent {
  readonly type: string
  readonly content: Uint8Array
}

const checked = new WeakMap<Uint8Array, ReferralSection>()

/** Decodes a section, checks and guards it. @throws RexError as decodeSection does */
export function checkSection({ type, content }: SealedContent): ReferralSection {
  const section = decodeSection(type, content)
  checked.set(content, section)
  return section
}

/** The section, for its one owner: what an application does to it changes nothing here. */
export function takeSection({ type, content }: SealedContent): ReferralSection {
  const section = checked.get(content)
  checked.delete(content)
  return section ?? decodeSection(type, content)
}
