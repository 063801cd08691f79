// The content that is measured: two sections of text, as large as asked. docs/guide/benchmark.md
import type { Content } from './seal/tool.ts'

const SENTENCE =
  'The caller is safe for now; school and home are known; a call back is agreed for tomorrow, 15:30. '

/** Two sections of equal size, `bytes` together: text as people write it. */
export function twoSections(bytes: number): Content {
  const text = Buffer.alloc(Math.floor(bytes / 2), SENTENCE)
  return [text, Buffer.from(text).reverse()]
}
