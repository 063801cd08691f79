// A progress bar for large files: on a terminal alone, so that programs and logs get none of it. docs/guide/rex-desk.md, "Many items"
import type { WriteStream } from 'node:tty'

const WIDTH = 24
/** Below this size a file is read before anybody could see a bar. Bytes. */
const LARGE = 256 * 1024
const CLEARED = '\r\u001b[2K'

/** Shows how far a piece of work is. */
export interface Progress {
  /** Draws the bar again. `what` is a word such as "Reading". */
  at(what: string, done: number, total: number): void
  /** Removes the bar. */
  end(): void
}

const SILENT: Progress = { at() {}, end() {} }

/** A progress bar on standard error for work on this many bytes. Nothing is written if that is no terminal, or if the work is small. */
export function progressOn(stream: Pick<WriteStream, 'isTTY' | 'write'>, bytes: number): Progress {
  if (stream.isTTY !== true || bytes < LARGE) return SILENT
  let drawn = ''
  return {
    at(what, done, total) {
      const part = total === 0 ? 1 : Math.min(1, done / total)
      const filled = Math.round(part * WIDTH)
      const bar = `${what.padEnd(9)} [${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${Math.round(part * 100)} %`
      if (bar === drawn) return
      drawn = bar
      stream.write(`${CLEARED}${bar}`)
    },
    end() {
      if (drawn !== '') stream.write(CLEARED)
      drawn = ''
    },
  }
}
