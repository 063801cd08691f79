// The content that is measured: two sections, as large as asked. docs/guide/benchmark.md, "The message"
import type { Referral } from '@rex/sdk/referral'
import { encodeSections } from '../sdk/src/core/referral-codec/section.ts'

/** Bytes of the sections of the referral that is sent end to end, about. */
export const REFERRAL_BYTES = 4096
/** The two sections that its recipient gets. */
export const GRANTED: readonly string[] = ['handling', 'items']

const SENTENCE =
  'The page was seen again today; the host was told twice and has not answered; the album still grows. '
const NOTE_BYTES = 200

/** A section: its type and its bytes. */
export interface Section {
  readonly type: string
  readonly content: Uint8Array
}

/** Two sections of equal size, `bytes` together: text as people write it. */
export function twoSections(bytes: number): Section[] {
  const content = Buffer.alloc(Math.floor(bytes / 2), SENTENCE)
  return GRANTED.map((type) => ({ type, content }))
}

/** A test referral whose granted sections have `REFERRAL_BYTES`, to within one item. */
export function testReferral(): Referral {
  let referral = contentRemoval(1)
  for (let items = 2; grantedBytes(referral) < REFERRAL_BYTES; items++) referral = contentRemoval(items)
  return referral
}

function grantedBytes(referral: Referral): number {
  const granted = encodeSections(referral).filter(({ type }) => GRANTED.includes(type))
  return granted.reduce((sum, { content }) => sum + content.length, 0)
}

function contentRemoval(items: number): Referral {
  return {
    kind: 'content-removal',
    test: true,
    triage: { children: 1, risk: 'high', abuse: ['csam'], urgency: { reason: 'content-spreading' } },
    handling: {
      tlp: 'amber',
      permittedActions: ['externally-visible-direct'],
      purposes: ['content-removal'],
      onward: 'allowed',
    },
    items: Array.from({ length: items }, (_, i) => ({
      id: `page-${i}`,
      url: `https://img-store.example/album/TEST-${i}`,
      siteType: 'image-host',
      access: 'public',
      note: { text: SENTENCE.repeat(NOTE_BYTES / SENTENCE.length), language: 'en' },
    })),
  }
}
