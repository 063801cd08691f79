// A record of the audit log: one line of JSON, chained to the one before. docs/guide/service.md, "Audit log"
import { createHash } from 'node:crypto'

/** The content of a record, never case data. */
export interface AuditEntry {
  /**
   * `look`: somebody read; `begin`: an act begins, written before anything is changed; `end`: how it ended, `of` its begin. `start` and `stop`: of the
   * service; `refused`: a caller
   * without a valid token, or without the scope of the operation.
   */
  readonly what: 'look' | 'begin' | 'end' | 'refused' | 'start' | 'stop'
  /** Name of the operation in the OpenAPI document. */
  readonly operation?: string
  /** Who acted, as the caller says; with a look, only if the caller says so. */
  readonly actor?: string
  /** How the caller came in: `socket`, `group`, `token:` and its name; for a wrong token, the address. */
  readonly door?: string
  /** Ids of the thread, the item or the lease; names of the token, its scopes, the webhook, the organisation or the key. */
  readonly on?: Readonly<Record<string, string>>
  /** With `end`: the sequence of its `begin`. */
  readonly of?: number
  /** `done`, or the reason of the error. */
  readonly outcome?: string
}

/** A record as it stands in the log. */
export interface AuditRecord extends AuditEntry {
  /** 1, 2, 3, … over all files. */
  readonly seq: number
  /** Unix milliseconds, by the clock of the computer. */
  readonly atMs: number
}

/** The place of a record in the chain. */
export interface Link {
  readonly seq: number
  /** Hash of the chain up to this record: SHA-256, hexadecimal. */
  readonly hash: string
}

/** The link before the first record. */
export const NO_LINK: Link = { seq: 0, hash: '0'.repeat(64) }

/** SHA-256 of the hash before and the text of the record. */
export const chained = (before: string, text: string): string =>
  createHash('sha256').update(before).update(text).digest('hex')

/** The line of a record after `before`, without its line end, and the link that it makes. */
export function lineAfter(before: Link, atMs: number, entry: AuditEntry): { line: string; link: Link } {
  const seq = before.seq + 1
  const text = JSON.stringify({ seq, atMs, ...entry } satisfies AuditRecord)
  const hash = chained(before.hash, text)
  return { line: `${hash} ${text}`, link: { seq, hash } }
}

/** Reads a line. Undefined: it does not follow `before`. */
export function readLine(before: Link, line: string): { record: AuditRecord; link: Link } | undefined {
  const [hash, text] = [line.slice(0, 64), line.slice(65)]
  if (line[64] !== ' ' || chained(before.hash, text) !== hash) return undefined
  try {
    const record = JSON.parse(text) as AuditRecord
    return record.seq === before.seq + 1 ? { record, link: { seq: record.seq, hash } } : undefined
  } catch {
    return undefined
  }
}
