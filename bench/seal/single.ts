// Support for tools without sections: the two sections travel as one text, which is split in half after opening.
import type { Content } from './tool.ts'

/** Splits the content into its two halves. */
export function split(whole: Uint8Array): Content {
  return [whole.subarray(0, whole.length / 2), whole.subarray(whole.length / 2)]
}
