// Writes to standard error without ever waiting for it, nor failing with it. docs/guide/gateway.md, "Log"
import { write } from 'node:fs'

const STDERR = 2
const MOST_WAITING = 1024 * 1024

/** Takes lines. What does not fit before a slow reader, and what a full disk does not take, is lost; delivery goes on (T-122). */
export function stderrWriter(): (line: string) => void {
  let waiting: Buffer[] = []
  let size = 0
  let writing = false
  const flush = () => {
    if (writing || size === 0) return
    const batch = Buffer.concat(waiting)
    waiting = []
    size = 0
    writing = true
    write(STDERR, batch, (error, written) => {
      writing = false
      const later = error ? (error.code === 'EAGAIN' ? batch : undefined) : batch.subarray(written)
      if (later?.length) {
        waiting.unshift(later)
        size += later.length
      }
      if (!error) flush()
    })
  }
  return (line) => {
    const bytes = Buffer.from(line)
    if (size + bytes.length > MOST_WAITING) return
    waiting.push(bytes)
    size += bytes.length
    flush()
  }
}
