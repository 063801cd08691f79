// Damage found in the store. docs/spec/delivery.md, "Durability"
import type { Database } from '@rex/sdk/sqlite'
import type { Damage, Damages } from '../damage.ts'

/** Damage recorded when the store is opened. */
export function damageTable(db: Database): Damages {
  const last = db.prepare<Damage>('SELECT found_ms AS foundMs, kind FROM damage ORDER BY rowid DESC LIMIT 1')
  const add = db.prepare('INSERT INTO damage (found_ms, kind) VALUES (?, ?)')
  return {
    last: () => last.get(),
    add: ({ foundMs, kind }) => void add.run(foundMs, kind),
  }
}
