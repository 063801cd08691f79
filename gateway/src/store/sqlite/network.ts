// Networks of organisations in SQLite. docs/spec/delivery.md, "Connections"
import type { Database } from '@rex/sdk/sqlite'
import type { Network, Networks } from '../network.ts'

/** Networks from which organisations have connected. */
export function networkTable(db: Database): Networks {
  const list = db.prepare<Network>('SELECT organisation, network, seen_ms AS seenMs FROM network')
  const put = db.prepare('INSERT OR REPLACE INTO network VALUES (?, ?, ?)')
  const trim = db.prepare(
    `DELETE FROM network WHERE organisation = ?1 AND network NOT IN
      (SELECT network FROM network WHERE organisation = ?1 ORDER BY seen_ms DESC LIMIT ?2)`,
  )
  const remove = db.prepare('DELETE FROM network WHERE organisation = ?')
  const forget = db.prepare('DELETE FROM network WHERE seen_ms < ?')
  return {
    list: () => list.all(),
    put({ organisation, network, seenMs }, most) {
      put.run(organisation, network, seenMs)
      trim.run(organisation, most)
    },
    remove: (organisation) => void remove.run(organisation),
    forget: (beforeMs) => void forget.run(beforeMs),
  }
}
