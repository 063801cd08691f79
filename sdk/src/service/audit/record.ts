// A record of the audit log: one line of JSON, chained to the record before it. docs/guide/service.md, "Audit log"
import { hash as digest } from 'node:crypto'

/** The content of a record, never case data. */
export interface AuditEntry {
  /**
   * `look`: somebody read data. `begin`: an act began; the record is written before anything is changed. `end`: that act ended; `of` refers to its
   * `begin`. `start` and `stop`: the service started or stopped. `refused`: a caller had no valid token, or lacked the scope of the operation.
   */
  readonly what: 'look' | 'begin' | 'end' | 'refused' | 'start' | 'stop'
  /** Name of the operation in the OpenAPI document. */
  readonly operation?: string
  /** Who acted, according to the caller. With `look`, present only if the caller states it. */
  readonly actor?: string
  /** How the caller reached the service: `socket`, `group`, or `token:` and the name of the token; for a wrong token, the address. */
  readonly door?: string
  /**
   * The objects of the call: ids of the thread, item or lease; names of the token, its scopes, the webhook, the organisation or the key.
   */
  readonly on?: Readonly<Record<string, string>>
  /** With `end`: the sequence number of the `begin` of the same act. */
  readonly of?: number
  /** `done`, or the reason of the error. */
  readonly outcome?: string
}

/** A record as it is stored in the log. */
export interface AuditRecord extends AuditEntry {
  /** Sequence number: 1, 2, 3, … across all files. */
  readonly seq: number
  /** Unix milliseconds, by the clock of the computer. */
  readonly atMs: number
}

/** The position of a record in the chain. */
export interface Link {
  readonly seq: number
  /** Hash of the chain up to and including this record: SHA-256, hexadecimal. */
  readonly hash: string
}

/** The link before the first record. */
export const NO_LINK: Link = { seq: 0, hash: '0'.repeat(64) }

/** Returns the SHA-256 of the previous hash and the text of the record. */
export const chained = (before: string, text: string): string => digest('sha256', before + text)

/** Returns the line of a record that follows `before`, without a line end, and the link of that record. */
export function lineAfter(before: Link, atMs: number, entry: AuditEntry): { line: string; link: Link } {
  const seq = before.seq + 1
  const text = JSON.stringify({ seq, atMs, ...entry } satisfies AuditRecord)
  const hash = chained(before.hash, text)
  return { line: `${hash} ${text}`, link: { seq, hash } }
}

/** Reads a line. Returns undefined if the line does not follow `before`. */
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
