// A progress bar for large files, shown only on a terminal, so that programs and logs do not receive it. docs/guide/rex-desk.md, "Many items"
import type { WriteStream } from 'node:tty'

const WIDTH = 24
/** Minimum size, in bytes, of a file that gets a progress bar. Smaller files are read before anybody could see the bar. */
const LARGE = 256 * 1024
const CLEARED = '\r\u001b[2K'

/** Displays the progress of a piece of work. */
export interface Progress {
  /** Redraws the bar. `what` is a word such as "Reading". */
  at(what: string, done: number, total: number): void
  /** Removes the bar. */
  end(): void
}

const SILENT: Progress = { at() {}, end() {} }

/** Makes a progress bar on standard error for work on this many bytes. Writes nothing if standard error is not a terminal or the work is small. */
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
