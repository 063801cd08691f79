// The log: JSON lines of listed fields only, so that no case data can get in, and never in the way of delivery. docs/guide/gateway.md, "Log"
import { RexError } from '@rex/sdk/core'
import pino from 'pino'
import { stderrWriter, type WriteLine } from './writer.ts'

/** Fields that a line may have. Entity identifiers, envelope ids, reasons and figures; never bytes, never a text from a message. */
export interface LogFields {
  /** Entity identifier. */
  readonly organisation?: string
  /** Entity identifier of the other side. */
  readonly peer?: string
  readonly reason?: string
  /** Fingerprint of a desk's credential. */
  readonly credential?: string
  /** That of the desk that had the mailbox before. */
  readonly displaced?: string
  /** One of our own sentences. */
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
  /** Where a fault came from: names, codes and lines of our own programs. */
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

/** What a log stands on. */
export interface LogOptions {
  readonly level: LogLevel
  /** Takes whole lines. Default: standard error, dropped rather than waited for when it is slow (T-122). */
  readonly write?: WriteLine
  /** Unix milliseconds. Default: the system's. */
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
/** Lines of one event in a second; the rest are counted (T-122). */
const FLOOD = 50

/** A log. */
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

/** The reason, sentence and origin of an error, as fields. The sentence of a foreign error may quote what it met: it is left out (T-121). */
export function errorFields(error: unknown): LogFields {
  const { reason, message, cause } = RexError.from(error)
  return { reason, message, ...(cause instanceof Error && { fault: originOf(cause) }) }
}

/** Name, code and our own lines of an error. */
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

/** Bounded text without anything that a terminal or a log reader could take for more than text. */
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

/** A log that nobody reads. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
