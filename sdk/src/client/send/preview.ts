// How large an envelope will be, before it is sealed. docs/spec/envelope.md, "Padding"
import { FLOOR, padme } from '../../core/envelope/padding.ts'

/** Headers, tags and field keys of one sealed part, about. */
const PART = 200
const MANIFEST = 1500

/** Bytes of an envelope with sections of these content sizes: padded, to within a few hundred bytes. */
export function fitsInto(contents: readonly number[]): number {
  const sections = contents.map((size) => Math.max(FLOOR.section, padme(size + 100)) + PART)
  return sections.reduce(
    (sum, size) => sum + size,
    Math.max(FLOOR.manifest, padme(MANIFEST)) + FLOOR.grant + 1120 + 4 * PART,
  )
}
