// Writes lines to standard error or a file without blocking or failing the caller. docs/guide/gateway.md, "Log"
import { closeSync, openSync, write } from 'node:fs'
import { describeSystemError, RexError } from '@rex/sdk/core'

const STDERR = 2
const OWNER_ONLY = 0o600
const MOST_WAITING = 1024 * 1024

/** A function that accepts a line. Lines are lost if the reader is slow or the disk is full; delivery continues (T-122). */
export type WriteLine = (line: string) => void

/** A log file. */
interface LogFile {
  readonly write: WriteLine
  /**
   * Continues in a new file after the old file was renamed. @throws RexError CONFIG_INVALID, after which lines still go to
   * the old file
   */
  reopen(): void
}

export function stderrWriter(): WriteLine {
  return lineWriter(() => STDERR)
}

/**
 * Opens a log file that only its owner can read, to append lines. @throws RexError CONFIG_INVALID if the file cannot be
 * opened
 */
export function openLogFile(path: string): LogFile {
  let file = append(path)
  const retired: number[] = []
  const closeRetired = () => {
    for (const old of retired.splice(0)) closeSync(old)
  }
  const writeLine = lineWriter(() => file, closeRetired)
  return {
    write: writeLine,
    reopen() {
      const next = append(path)
      retired.push(file)
      file = next
    },
  }
}

function append(path: string): number {
  try {
    return openSync(path, 'a', OWNER_ONLY)
  } catch (cause) {
    throw new RexError('CONFIG_INVALID', `The log cannot be written. ${describeSystemError(cause)}`, {
      path: 'logFile',
      cause,
      hint: 'Name a file in a directory that the gateway may write to, or omit `logFile`.',
    })
  }
}

/** Returns a function that writes one batch at a time. Calls `idle` between batches, when no descriptor is in use. */
function lineWriter(descriptor: () => number, idle = () => {}): WriteLine {
  let waiting: Buffer[] = []
  let size = 0
  let writing = false
  const flush = () => {
    if (writing || size === 0) return
    idle()
    const batch = Buffer.concat(waiting)
    waiting = []
    size = 0
    writing = true
    write(descriptor(), batch, (error, written) => {
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
