// The trusted time in SQLite. docs/spec/delivery.md, "Time"
import type { Database } from '@rex/sdk/sqlite'
import type { Time } from '../time.ts'

/** The trusted time. */
export function timeTable(db: Database): Time {
  const kept = db.prepare<{ time_ms: number }>('SELECT time_ms FROM life')
  const keep = db.prepare('UPDATE life SET time_ms = ?')
  return { kept: () => kept.get()?.time_ms ?? 0, keep: (ms) => void keep.run(ms) }
}
