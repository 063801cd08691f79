// Estimates the size of envelopes before they are sealed. docs/spec/envelope.md, "Sealing"
import { RexError } from '../error.ts'
import { LIMITS } from '../limits.ts'
import { FLOOR, padme } from './padding.ts'

/** Approximate overhead of one sealed part: headers, tags and field keys. Bytes. */
const PART = 200
/** Approximate size of an ordinary manifest, unpadded. Bytes. */
const MANIFEST = 1500
/** Upper bound for routing, grant and manifest together, for any suite and any number of sections. Bytes. */
const FRAME = 32 * 1024
/** Maximum number of bytes that each recipient adds to a submission. */
const DELIVERY = 6 * 1024

/** Type and content size of a section. */
export interface Sized {
  readonly type: string
  /** Bytes. */
  readonly size: number
}

/** Estimates the padded size of an envelope from the content sizes of its sections, accurate to a few hundred bytes. */
export function envelopeSize(contents: readonly number[]): number {
  return sealedSize(contents) + Math.max(FLOOR.manifest, padme(MANIFEST)) + FLOOR.grant + 1120 + 4 * PART
}

/**
 * Rejects sections that do not fit into one message, before anything is sealed or stored (REX-ENV-071). `recipients` holds each recipient's
 * sections.
 * @throws RexError LIMIT_EXCEEDED with the type of the largest section as path
 */
export function checkMessageSize(all: readonly Sized[], recipients: readonly (readonly Sized[])[]): void {
  for (const granted of recipients) checkFits(granted, LIMITS.envelope, FRAME)
  checkFits(all, LIMITS.message, FRAME + recipients.length * DELIVERY)
}

function checkFits(sections: readonly Sized[], limit: number, frame: number): void {
  const actual = sealedSize(sections.map(({ size }) => size)) + frame
  if (actual <= limit) return
  const largest = sections.reduce((a, b) => (b.size > a.size ? b : a))
  throw new RexError('LIMIT_EXCEEDED', `The content is larger than one message may be, ${limit} bytes.`, {
    path: largest.type,
    metadata: { limit: String(limit), actual: String(actual) },
    hint: 'Divide it into a group of referrals: `rex-desk split FILE`, or `desk.sendGroup`.',
  })
}

function sealedSize(contents: readonly number[]): number {
  return contents.reduce((sum, size) => sum + Math.max(FLOOR.section, padme(size + 100)) + PART, 0)
}
