// Stores the trusted time in SQLite. docs/spec/delivery.md, "Time"
import { type KeptTime, keptAt } from '@rex/sdk/core'
import type { Database } from '@rex/sdk/sqlite'
import type { Time } from '../time.ts'

/** The stored trusted time: members of a table with one row. */
export function timeTable(db: Database): Time {
  const kept = db.prepare<KeptTime>(
    'SELECT time_ms AS confirmedMs, agreed_ms AS agreedMs, leap_ms AS leapMs FROM life',
  )
  const keep = db.prepare('UPDATE life SET time_ms = ?, agreed_ms = ?, leap_ms = ?')
  return {
    kept: () => kept.get() ?? keptAt(0),
    keep: ({ confirmedMs, agreedMs, leapMs }) => void keep.run(confirmedMs, agreedMs, leapMs),
  }
}
