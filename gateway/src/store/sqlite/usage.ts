// How much lies in a box. Triggers keep the figures. docs/spec/delivery.md, "Admission"
import type { Database } from '@rex/sdk/sqlite'
import type { Usage } from '../store.ts'

const NOTHING: Usage = { items: 0, bytes: 0 }

/** The figures of one box. */
export function usageOf(
  db: Database,
  box: 'outbox' | 'mailbox',
): { usage: (peer: string) => Usage; total: () => Usage } {
  const one = db.prepare<Usage>('SELECT items, bytes FROM usage WHERE box = ? AND peer = ?')
  const all = db.prepare<Usage>(
    'SELECT coalesce(sum(items), 0) AS items, coalesce(sum(bytes), 0) AS bytes FROM usage WHERE box = ?',
  )
  return {
    usage: (peer) => one.get(box, peer) ?? NOTHING,
    total: () => all.get(box) ?? NOTHING,
  }
}
