// The table of changes. Triggers fill it, so every write and its change are in one transaction. docs/adr/0053-changes-are-recorded-by-the-store.md
import type { Database } from '../../sqlite/database.ts'
import { THREAD } from './expressions.ts'
import type { ChangeRecord, ProblemRecord } from './others.ts'
import { type Prepared, prepareAll, sql } from './statements.ts'
import type { DeskReads, DeskWrites } from './store.ts'

/** Maximum number of changes that are kept. The oldest are removed. */
export const CHANGES_KEPT = 100_000
/** Number of changes that are removed together. */
const REMOVED = 256

const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
// The age of changes is measured by the computer's clock, even if the desk considers that clock wrong.
const OLD = `${NOW} - 30 * 86400000`
const INSERT = 'INSERT INTO change (atMs, kind, thread, message, party, state, detail)'
const KEPT = 'erasedMs IS NULL'

const changeOf = {
  message: `${INSERT} SELECT ${NOW}, 'message', new.thread, new.sequence, NULL, new.status, NULL FROM thread WHERE sequence = new.thread AND ${KEPT}`,
  delivery: `${INSERT} SELECT ${NOW}, 'delivery', t.sequence, new.message, new.recipient, new.state, nullif(new.reason, '') FROM message m JOIN thread t ON t.sequence = m.thread WHERE m.sequence = new.message AND ${KEPT}`,
  item: (row: string, kind: string, state: string) =>
    `${INSERT} SELECT ${NOW}, '${kind}', sequence, NULL, NULL, ${state}, ${row}.id FROM thread WHERE id = unhex(${row}.thread) AND ${KEPT}`,
}

// A change refers to a thread and to a message by their sequence numbers. An erasure removes the references (see Erasures).
export const CHANGES = `
  CREATE TABLE change (sequence INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL, thread INTEGER, message INTEGER, party TEXT, state TEXT, detail TEXT) STRICT;
  ALTER TABLE item ADD COLUMN alarm TEXT;
  CREATE TRIGGER message_added AFTER INSERT ON message BEGIN ${changeOf.message}; END;
  CREATE TRIGGER message_changed AFTER UPDATE OF status, digest ON message WHEN new.status IS NOT old.status OR new.digest <> old.digest BEGIN ${changeOf.message}; END;
  CREATE TRIGGER delivery_added AFTER INSERT ON delivery BEGIN ${changeOf.delivery}; END;
  CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON delivery WHEN new.state IS NOT old.state BEGIN ${changeOf.delivery}; END;
  CREATE TRIGGER alarm_raised AFTER INSERT ON item WHEN new.alarm IS NOT NULL BEGIN ${changeOf.item('new', 'alarm', 'new.alarm')}; END;
  CREATE TRIGGER item_parked AFTER UPDATE OF parked ON item WHEN (new.parked IS NULL) <> (old.parked IS NULL) BEGIN ${changeOf.item('new', 'item', "iif(new.parked IS NULL, 'waiting', 'parked')")}; END;
  CREATE TRIGGER item_settled AFTER DELETE ON item WHEN old.parked IS NOT NULL BEGIN ${changeOf.item('old', 'item', "'settled'")}; END;
  CREATE TRIGGER thread_erased AFTER UPDATE OF erasedMs ON thread WHEN old.erasedMs IS NULL AND new.erasedMs IS NOT NULL BEGIN ${INSERT} VALUES (${NOW}, 'erased', new.sequence, NULL, NULL, new.erasedWhy, NULL); END;
  CREATE TRIGGER change_full AFTER INSERT ON change WHEN new.sequence % ${REMOVED} = 0 BEGIN DELETE FROM change WHERE sequence <= new.sequence - ${CHANGES_KEPT}; END;
`

// The current problems, stored so that the beginning and the end of each are recorded once, even if the process
// restarts in between.
export const PROBLEMS = `
  CREATE TABLE problem (code TEXT NOT NULL, organisation TEXT NOT NULL, severity TEXT NOT NULL, PRIMARY KEY (code, organisation)) STRICT, WITHOUT ROWID;
  CREATE TRIGGER problem_began AFTER INSERT ON problem BEGIN ${problemChange('new', 'new.severity')}; END;
  CREATE TRIGGER problem_changed AFTER UPDATE OF severity ON problem WHEN new.severity <> old.severity BEGIN ${problemChange('new', 'new.severity')}; END;
  CREATE TRIGGER problem_ended AFTER DELETE ON problem BEGIN ${problemChange('old', "'ended'")}; END;
`

function problemChange(row: string, state: string): string {
  return `${INSERT} VALUES (${NOW}, 'health', NULL, NULL, nullif(${row}.organisation, ''), ${state}, ${row}.code)`
}

/** Removes from the changes whatever identifies the threads that are being erased. The changes keep their places in the order. */
export const FORGET_ERASED =
  "UPDATE change SET thread = NULL, message = NULL, party = NULL, detail = NULL WHERE kind <> 'erased' AND thread IN (SELECT sequence FROM thread WHERE erasing = 1)"

/**
 * Starts numbering changes at a thousand times the current Unix milliseconds, which is higher than any number that the store can have used
 * before.
 */
export const BEGIN_CHANGES = [
  `INSERT INTO change (sequence, atMs, kind) SELECT max(coalesce(max(sequence), 0) + 1, ${NOW} * 1000), ${NOW}, 'restored' FROM change`,
  'DELETE FROM change WHERE sequence < (SELECT max(sequence) FROM change)',
]

const STATEMENTS = {
  changes: sql<Omit<ChangeRecord, 'mine'> & { readonly mine: number }>(
    `SELECT c.sequence, c.atMs, c.kind, lower(hex(t.id)) AS thread, lower(hex(m.digest)) AS message, EXISTS (SELECT 1 FROM delivery d WHERE d.message = c.message) AS mine, c.party, c.state, c.detail
     FROM change c LEFT JOIN thread t ON t.sequence = c.thread AND (t.${KEPT} OR c.kind = 'erased') LEFT JOIN message m ON m.sequence = c.message
     WHERE c.sequence > ? ORDER BY c.sequence LIMIT 0 + ?`,
  ),
  bounds: sql<{ first: number; isOld: number; last: number }>(
    `SELECT sequence AS first, atMs < ${OLD} AS isOld, (SELECT max(sequence) FROM change) AS last FROM change ORDER BY sequence LIMIT 1`,
  ),
  problems: sql<ProblemRecord>('SELECT code, organisation, severity FROM problem'),
  putProblem: sql(
    'INSERT INTO problem VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET severity = excluded.severity',
  ),
  removeProblem: sql('DELETE FROM problem WHERE code = ? AND organisation = ?'),
  note: sql(`${INSERT} VALUES (${NOW}, 'hold', ${THREAD}, NULL, NULL, ?, NULL)`),
  removeOld: sql(
    `DELETE FROM change WHERE sequence < coalesce((SELECT sequence FROM change WHERE atMs >= ${OLD} ORDER BY sequence LIMIT 1), (SELECT max(sequence) FROM change))`,
  ),
}

/** Returns the reads of changes. They are prepared on first use, because a backup of an earlier version has no table of changes. */
export function changeReads(db: Pick<Database, 'prepare'>) {
  const { changes, bounds, problems } = STATEMENTS
  const reads = { changes, bounds, problems }
  let prepared: Prepared<typeof reads> | undefined
  const run = () => (prepared ??= prepareAll(db, reads))
  return {
    changes: (after, limit) =>
      run()
        .changes.all(after, limit)
        .map((row) => ({ ...row, mine: row.mine === 1 })),
    changeBounds: () => {
      const { first = 1, isOld = 0, last = 0 } = run().bounds.get() ?? {}
      return { first, isOld: isOld === 1, last }
    },
    lastingProblems: () => run().problems.all(),
  } satisfies Partial<DeskReads>
}

/** Returns the writes of changes that triggers cannot make. */
export function changeWrites(db: Pick<Database, 'prepare'>) {
  const { note, removeOld, putProblem, removeProblem } = STATEMENTS
  const run = prepareAll(db, { note, removeOld, putProblem, removeProblem })
  return {
    noteHold: (thread, isHeld) => void run.note.run(thread, isHeld ? 'held' : 'released'),
    removeOldChanges: () => void run.removeOld.run(),
    putProblem: ({ code, organisation, severity }) => void run.putProblem.run(code, organisation, severity),
    removeProblem: ({ code, organisation }) => void run.removeProblem.run(code, organisation),
  } satisfies Partial<DeskWrites>
}
