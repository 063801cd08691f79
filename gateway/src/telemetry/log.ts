// Writes the log as JSON lines with only the listed fields, so that it contains no case data. It never delays delivery. docs/guide/gateway.md, "Log"
import { RexError } from '@rex/sdk/core'
import pino from 'pino'
import { stderrWriter, type WriteLine } from './writer.ts'

/** Permitted fields of a line. They contain identifiers, reasons and figures, never bytes or text from a message. */
interface LogFields {
  /** Entity identifier. */
  readonly organisation?: string
  /** Entity identifier of the other side. */
  readonly peer?: string
  readonly reason?: string
  /** Fingerprint of a desk's credential. */
  readonly credential?: string
  /** Credential of the desk that had the mailbox before. */
  readonly displaced?: string
  /** A sentence of this program. */
  readonly message?: string
  /** Service and method. */
  readonly method?: string
  /** Network address. */
  readonly address?: string
  readonly path?: string
  readonly build?: string
  readonly ms?: number
  readonly count?: number
  readonly total?: number
  /** Origin of a fault: error name, code, and stack lines of this program. */
  readonly fault?: string
}

/** Writes log lines; `event` is a fixed text. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Settings of a log. */
interface LogOptions {
  readonly level: LogLevel
  /** Writes whole lines. Default: writes to standard error, and drops lines if standard error is slow (T-122). */
  readonly write?: WriteLine
  /** Unix milliseconds. Default: the system clock. */
  readonly now?: () => number
}

const FIELDS: ReadonlySet<string> = new Set<keyof LogFields>([
  'organisation',
  'peer',
  'reason',
  'credential',
  'displaced',
  'message',
  'method',
  'address',
  'path',
  'build',
  'ms',
  'count',
  'total',
  'fault',
])
const MAX_TEXT = 512
/** Maximum lines of one event per second. Further lines are only counted (T-122). */
const FLOOD = 50

export function createLog({ level, write = stderrWriter(), now = Date.now }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  const admit = floodGate(now, (event, count) => logger.warn({ count }, `${event}: more lines left out`))
  const line =
    (at: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      if (logger.isLevelEnabled(at) && admit(event)) logger[at](listed(fields), clean(event))
    }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** Returns reason, message and origin of an error as fields. Omits messages of foreign errors, because they may quote data (T-121). */
export function errorFields(error: unknown): LogFields {
  const { reason, message, cause } = RexError.from(error)
  return { reason, message, ...(cause instanceof Error && { fault: originOf(cause) }) }
}

/** Returns the name and code of an error, and the stack lines in this program. */
function originOf(error: Error): string {
  const { code } = error as { code?: unknown }
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const where = lines.slice(0, 3).map((line) => line.trim())
  return [error.name, typeof code === 'string' ? code : '', ...where].filter(Boolean).join(' ')
}

function listed(fields: LogFields): Record<string, string | number> {
  const entries = Object.entries(fields).filter(([key, value]) => FIELDS.has(key) && value !== undefined)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? clean(value) : Number(value)]),
  )
}

/** Truncates text, and removes characters that a terminal or log reader could interpret. */
function clean(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}

function floodGate(
  now: () => number,
  tell: (event: string, count: number) => void,
): (event: string) => boolean {
  let second = 0
  let counts = new Map<string, number>()
  return (event) => {
    const current = Math.floor(now() / 1000)
    if (current !== second) {
      for (const [flooding, count] of counts) if (count > FLOOD) tell(flooding, count - FLOOD)
      counts = new Map()
      second = current
    }
    const count = (counts.get(event) ?? 0) + 1
    counts.set(event, count)
    return count <= FLOOD
  }
}

/** A log that discards everything. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
