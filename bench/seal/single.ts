// For tools without sections: the content is one text, split in half again after opening.
import type { Content } from './tool.ts'

/** Splits the content into its two halves. */
export function split(whole: Uint8Array): Content {
  return [whole.subarray(0, whole.length / 2), whole.subarray(whole.length / 2)]
}
