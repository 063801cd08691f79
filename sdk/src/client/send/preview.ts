// Estimates the size of an envelope before it is sealed. docs/spec/envelope.md, "Padding"
import { FLOOR, padme } from '../../core/envelope/padding.ts'

/** Approximate size of headers, tags and field keys of one sealed part. */
const PART = 200
const MANIFEST = 1500

/** Size in bytes of an envelope with sections of these content sizes: padded, accurate to a few hundred bytes. */
export function fitsInto(contents: readonly number[]): number {
  const sections = contents.map((size) => Math.max(FLOOR.section, padme(size + 100)) + PART)
  return sections.reduce(
    (sum, size) => sum + size,
    Math.max(FLOOR.manifest, padme(MANIFEST)) + FLOOR.grant + 1120 + 4 * PART,
  )
}
