// For tools that know no sections: the content is one text, cut in half again after opening.
import type { Content } from './tool.ts'

/** The two halves. */
export function split(whole: Uint8Array): Content {
  return [whole.subarray(0, whole.length / 2), whole.subarray(whole.length / 2)]
}
