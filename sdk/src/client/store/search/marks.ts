// Marks: numbers that triggers give to threads when they change, so that the search index reads each changed thread once. docs/adr/0058-threads-are-found-by-keyed-tokens.md
import type { Database } from '../../../sqlite/database.ts'
import { type Prepared, prepareAll, sql } from '../statements.ts'

/** A thread and the mark of its last change. */
export interface MarkedThread {
  /** Ascending in the order of changes. A later change of the thread gives it a new mark. */
  readonly mark: number
  /** Number of the thread in the store. */
  readonly sequence: number
  /** Thread id, hex. */
  readonly id: string
  readonly updatedMs: number
  /** When the soonest step may be due. Null: nobody owes a step. */
  readonly dueMs: number | null
  readonly erased: boolean
}

/** Reads of marks, and of the numbers of threads, which the search index stores in place of their ids. */
export interface MarkReads {
  /** Returns the threads that changed after a mark, in the order of marks. */
  marked(after: number, limit: number): MarkedThread[]
  /** Returns the mark of the last change. 0: there is none. */
  lastMark(): number
  /** Returns the number of the thread with this id. */
  sequenceOf(id: string): number | undefined
  /** Returns the id of the thread with this number, hex. */
  idOf(sequence: number): string | undefined
}

// Do not use OR REPLACE here: in a trigger, SQLite applies the conflict policy of the statement that fired it.
const MARK =
  'INSERT INTO thread_mark SELECT new.%, coalesce(max(at), 0) + 1 FROM thread_mark WHERE new.% IS NOT NULL ON CONFLICT (thread) DO UPDATE SET at = excluded.at'
const markOf = (column: string) => MARK.replaceAll('%', column)

export const MARKS = `
  CREATE TABLE thread_mark (thread INTEGER PRIMARY KEY, at INTEGER NOT NULL UNIQUE) STRICT;
  INSERT INTO thread_mark SELECT sequence, sequence FROM thread;
  CREATE TRIGGER thread_marked AFTER UPDATE OF updatedMs, dueMs, erasedMs ON thread WHEN new.updatedMs IS NOT old.updatedMs OR new.summary IS NOT old.summary OR new.dueMs IS NOT old.dueMs OR new.erasedMs IS NOT old.erasedMs BEGIN ${markOf('sequence')}; END;
  CREATE TRIGGER message_marked AFTER INSERT ON message BEGIN ${markOf('thread')}; END;
  CREATE TRIGGER message_marked_again AFTER UPDATE OF status, digest ON message BEGIN ${markOf('thread')}; END;
`

const STATEMENTS = {
  marked: sql<Omit<MarkedThread, 'erased'> & { readonly erased: number }>(
    'SELECT m.at AS mark, t.sequence, lower(hex(t.id)) AS id, t.updatedMs, t.dueMs, t.erasedMs IS NOT NULL AS erased FROM thread_mark m JOIN thread t ON t.sequence = m.thread WHERE m.at > ? ORDER BY m.at LIMIT 0 + ?',
  ),
  lastMark: sql<{ mark: number | null }>('SELECT max(at) AS mark FROM thread_mark'),
  sequenceOf: sql<{ sequence: number }>('SELECT sequence FROM thread WHERE id = unhex(?)'),
  idOf: sql<{ id: string }>('SELECT lower(hex(id)) AS id FROM thread WHERE sequence = ?'),
}

/** Returns the reads of marks. They are prepared on first use, because a backup of an earlier version has no marks. */
export function markReads(db: Pick<Database, 'prepare'>): MarkReads {
  let prepared: Prepared<typeof STATEMENTS> | undefined
  const run = () => (prepared ??= prepareAll(db, STATEMENTS))
  return {
    marked: (after, limit) =>
      run()
        .marked.all(after, limit)
        .map((row) => ({ ...row, erased: row.erased === 1 })),
    lastMark: () => run().lastMark.get()?.mark ?? 0,
    sequenceOf: (id) => run().sequenceOf.get(id)?.sequence,
    idOf: (sequence) => run().idOf.get(sequence)?.id,
  }
}
