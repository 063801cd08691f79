// Detects a write-ahead log that checkpoints do not empty. docs/spec/delivery.md, "Durability"
import { statSync } from 'node:fs'

/** Size of the log from which checkpoints evidently fail: they are due at 8 MiB, and every commit is much smaller than this. Bytes. */
const LARGE = 256 * 1024 ** 2
const VERY_LARGE = 1024 ** 3

/** A write-ahead log that keeps growing. */
export interface GrowingLog {
  readonly bytes: number
  readonly severity: 'warning' | 'critical'
}

/** Returns the write-ahead log of the database file `path` if checkpoints do not empty it. */
export function growingLog(path: string): GrowingLog | undefined {
  const bytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (bytes <= LARGE) return undefined
  return { bytes, severity: bytes > VERY_LARGE ? 'critical' : 'warning' }
}
