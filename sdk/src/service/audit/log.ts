// Writes the audit log in the order of the calls. Many records share one flush. docs/guide/service.md, "Audit log"
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../client/clock/clock.ts'
import { RexError } from '../../core/error.ts'
import { describeSystemError, isSystemError, notStored } from '../../core/system-error.ts'
import {
  auditOf,
  FILE_BYTES,
  FILES,
  FIRST_LINE_BYTES,
  fileName,
  fileNumbers,
  firstLine,
  headLine,
  readAuditFile,
  readHead,
} from './files.ts'
import { type AuditEntry, type Link, lineAfter, NO_LINK } from './record.ts'

/**
 * How long a record that an act has ended may wait for other records, so that they share a flush. No caller waits for such a record. Milliseconds.
 */
const END_WAITS_MS = 100
/**
 * Under load, a flush waits for further records, but no longer than the last flush took and no longer than this limit. Each
 * flush of the log also delays the flushes of the desk's store. Milliseconds.
 */
const GATHER_MS = 5

interface Waiting {
  readonly entry: AuditEntry
  readonly resolve: (seq: number) => void
  readonly reject: (error: unknown) => void
}

/** Limits of a log. Default: the shipped limits. */
interface Limits {
  readonly fileBytes: number
  readonly files: number
}

/** Whether a caller waits for the record. No caller waits for the record of an act's end. */
const isUrgent = ({ what }: AuditEntry): boolean => what !== 'end'

/** The audit log of a desk directory. Only one process writes it: the service. */
export class AuditLog {
  readonly #audit: string
  readonly #clock: Clock
  readonly #limits: Limits
  /** The last file, which `#open` opens. */
  #file!: FileHandle
  #head!: FileHandle
  #number = 0
  #bytes = 0
  /** The last record that is durable. */
  #last = NO_LINK
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** Timer for writing the records that say that an act has ended. */
  #soon: NodeJS.Timeout | undefined
  #failed: unknown

  private constructor(audit: string, { clock, ...limits }: Limits & { readonly clock: Clock }) {
    this.#audit = audit
    this.#clock = clock
    this.#limits = limits
  }

  /**
   * Opens the log at its end. Cuts off a record that a crash left half-written, because its call was never
   * answered.
   * @throws RexError STORE_FAILED if records are missing or changed, STORE_FULL
   */
  static async open(
    directory: string,
    { clock, fileBytes = FILE_BYTES, files = FILES }: Partial<Limits> & { readonly clock: Clock },
  ): Promise<AuditLog> {
    const log = new AuditLog(auditOf(directory), { clock, fileBytes, files })
    try {
      await log.#open()
      return log
    } catch (error) {
      await log.#release()
      throw ofSystem(error)
    }
  }

  /** The last record that is durable. */
  get last(): Link {
    return this.#last
  }

  /** Writes a record. Resolves with its sequence number when it is durable. @throws RexError STORE_FULL, STORE_FAILED */
  write(entry: AuditEntry): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      if (isUrgent(entry)) this.#writing ??= this.#writeAll()
      else this.#soon ??= setTimeout(() => this.#writeSoon(), END_WAITS_MS)
    })
  }

  #writeSoon(): void {
    this.#soon = undefined
    this.#writing ??= this.#writeAll()
  }

  async close(): Promise<void> {
    await this.#writing
    if (this.#waiting.length > 0) this.#writeSoon()
    await this.#writing
    await this.#release()
  }

  async #release(): Promise<void> {
    await Promise.all([this.#file?.close(), this.#head?.close()])
  }

  async #open(): Promise<void> {
    await mkdir(this.#audit, { recursive: true, mode: 0o700 })
    const head = await readHead(this.#audit)
    const number = (await fileNumbers(this.#audit)).at(-1)
    if (number === undefined) {
      if (head !== undefined && head.seq > 0) throw broken()
      this.#head = await open(join(this.#audit, 'head'), 'w', 0o600)
      await this.#head.write(headLine(NO_LINK), 0)
      await this.#head.sync()
      return await this.#begin(1)
    }
    if (head === undefined) throw broken()
    this.#head = await open(join(this.#audit, 'head'), 'r+')
    await this.#goOn(number, head)
  }

  /** Continues the last file. The head is never ahead of the files; after a power failure, it may be behind them. */
  async #goOn(number: number, head: Link): Promise<void> {
    const path = join(this.#audit, fileName(number))
    let passed = false
    const { first, last, bytes } = await readAuditFile(path, (_, link) => {
      passed ||= link.hash === head.hash
    })
    if (first === undefined) {
      // The file was created, but no record was written.
      if ((await stat(path)).size > FIRST_LINE_BYTES) throw broken()
      const before = join(this.#audit, fileName(number - 1))
      this.#last = number === 1 ? NO_LINK : (await readAuditFile(before, () => {})).last
      if (this.#last.seq < head.seq) throw broken()
      return await this.#begin(number)
    }
    const isFirst = number === 1 && first.seq === 0
    if (!isFirst && !(await this.#follows(first, number))) throw broken()
    if (!passed && head.hash !== first.hash && (isFirst || head.seq >= first.seq)) throw broken()
    this.#last = last
    this.#number = number
    this.#bytes = bytes
    this.#file = await open(path, 'r+')
    await this.#file.truncate(bytes)
  }

  /** Whether the previous file ends where this one begins. The previous file exists unless only one file is kept. */
  async #follows({ hash }: Link, number: number): Promise<boolean> {
    if (this.#limits.files === 1 || number === 1) return number > 1
    const { last } = await readAuditFile(join(this.#audit, fileName(number - 1)), () => {})
    return last.hash === hash
  }

  /** Begins a file. Its first line states the last record of the file before. */
  async #begin(number: number): Promise<void> {
    const file = await open(join(this.#audit, fileName(number)), 'w', 0o600)
    const { bytesWritten } = await file.write(`${firstLine(this.#last)}\n`)
    await file.sync()
    await using directory = await open(this.#audit)
    await directory.sync()
    await this.#file?.close()
    this.#file = file
    this.#number = number
    this.#bytes = bytesWritten
    for (const old of (await fileNumbers(this.#audit)).filter((each) => each <= number - this.#limits.files))
      await rm(join(this.#audit, fileName(old)))
  }

  async #writeAll(): Promise<void> {
    do {
      clearTimeout(this.#soon)
      this.#soon = undefined
      const batch = this.#waiting
      this.#waiting = []
      const from = performance.now()
      await this.#writeBatch(batch)
      const isLoaded = batch.filter(({ entry }) => isUrgent(entry)).length > 1
      if (isLoaded) await pause(Math.min(performance.now() - from, GATHER_MS))
    } while (this.#mustWrite())
    this.#writing = undefined
  }

  /** Whether a record that waits is urgent, or has waited long enough. */
  #mustWrite(): boolean {
    return (
      this.#waiting.some(({ entry }) => isUrgent(entry)) ||
      (this.#waiting.length > 0 && this.#soon === undefined)
    )
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const seq = await this.#append(batch.map(({ entry }) => entry))
      for (const [i, { resolve }] of batch.entries()) resolve(seq + i)
    } catch (error) {
      for (const { reject } of batch) reject(ofSystem(error))
    }
  }

  /** Appends records with one flush. Returns the sequence number of the first. After an error, the log is unchanged. */
  async #append(entries: readonly AuditEntry[]): Promise<number> {
    if (this.#failed !== undefined) throw this.#failed
    if (this.#bytes >= this.#limits.fileBytes) await this.#begin(this.#number + 1)
    const [atMs, lines] = [this.#clock.now(), [] as string[]]
    let link = this.#last
    for (const entry of entries) {
      const next = lineAfter(link, atMs, entry)
      lines.push(`${next.line}\n`)
      link = next.link
    }
    const bytes = Buffer.from(lines.join(''))
    try {
      for (let done = 0; done < bytes.length; )
        done += (await this.#file.write(bytes, done, bytes.length - done, this.#bytes + done)).bytesWritten
    } catch (error) {
      await this.#file.truncate(this.#bytes)
      throw error
    }
    try {
      await this.#file.datasync()
      await this.#head.write(headLine(link), 0)
    } catch (error) {
      // After a failed flush, the content of the disk is unknown (D-03).
      this.#failed = error
      throw error
    }
    const { seq } = this.#last
    this.#last = link
    this.#bytes += bytes.length
    return seq + 1
  }
}

const broken = () =>
  new RexError('STORE_FAILED', 'Records of the audit log are missing or were changed.', {
    hint: 'See `rex-desk audit --verify`. To begin a new log, move the directory `audit` away and keep it.',
  })

function ofSystem(error: unknown): unknown {
  if (!isSystemError(error)) return error
  return notStored(error, 'STORE_FAILED', `Audit log: ${describeSystemError(error)}`)
}
