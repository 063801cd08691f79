// The tables of the search index. docs/adr/0058-threads-are-found-by-keyed-tokens.md
import { commitNow } from '../../../sqlite/commit.ts'
import { type Database, type Statement, tablesVersion } from '../../../sqlite/database.ts'
import { type Prepared, prepareAll, sql } from '../statements.ts'
import type { IndexedThread, IndexedTrack, IndexPlace, Order, SearchIndex, Wanted } from './search-index.ts'

/**
 * The version of the tables and of the rules for their content, such as how words are folded. An index of another version is
 * rebuilt.
 */
const VERSION = 1
const TOKEN_BYTES = 6
/**
 * Maximum size, in pages, of an index that an erasure rewrites: 32 MiB, about 55 000 threads. In a larger index, a few copies of tokens may remain in
 * free parts of pages.
 */
const COMPACTED = 8192
const FIRST = { changed: Number.MAX_SAFE_INTEGER, due: -1 }

/**
 * Each of these combinations of columns has a separate index for each order, so that no combination of filters reads more tracks than it
 * lists.
 */
const LISTED = [
  ['state'],
  ['counterpart', 'state'],
  ['kind', 'state'],
  ['counterpart', 'kind', 'state'],
] as const
const nameOf = (columns: readonly string[], order: Order) => [...columns, order].join('_')
const indexesOf = (columns: readonly string[]) => `
  CREATE INDEX ${nameOf(columns, 'changed')} ON track (${columns.join()}, changedMs, thread);
  CREATE INDEX ${nameOf(columns, 'due')} ON track (${columns.join()}, dueMs, thread) WHERE dueMs IS NOT NULL;`

export const TABLES = `
  CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), life TEXT NOT NULL, mark INTEGER NOT NULL) STRICT;
  CREATE TABLE document (thread INTEGER PRIMARY KEY, terms BLOB NOT NULL) STRICT;
  CREATE TABLE term (token INTEGER, thread INTEGER, PRIMARY KEY (token, thread)) STRICT, WITHOUT ROWID;
  CREATE TABLE track (thread INTEGER, counterpart INTEGER, kind INTEGER, state INTEGER, changedMs INTEGER, dueMs INTEGER, PRIMARY KEY (thread, counterpart)) STRICT, WITHOUT ROWID;
  ${LISTED.map(indexesOf).join('')}
  PRAGMA user_version = ${VERSION};
`

const STATEMENTS = {
  life: sql<{ life: string; mark: number }>('SELECT life, mark FROM life'),
  putLife: sql('INSERT OR REPLACE INTO life VALUES (1, ?, ?)'),
  putMark: sql('UPDATE life SET mark = ?'),
  terms: sql<{ terms: Uint8Array }>('SELECT terms FROM document WHERE thread = ?'),
  putTerms: sql('INSERT OR REPLACE INTO document VALUES (?, ?)'),
  removeTerms: sql('DELETE FROM document WHERE thread = ?'),
  addTerm: sql('INSERT OR IGNORE INTO term VALUES (?, ?)'),
  removeTerm: sql('DELETE FROM term WHERE token = ? AND thread = ?'),
  putTrack: sql(
    'INSERT INTO track VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind, state = excluded.state, changedMs = excluded.changedMs, dueMs = excluded.dueMs',
  ),
  removeTrack: sql('DELETE FROM track WHERE thread = ? AND counterpart = ?'),
  tracks: sql<IndexedTrack & Pick<IndexedThread, 'changedMs' | 'dueMs'>>(
    'SELECT counterpart, kind, state, changedMs, dueMs FROM track WHERE thread = ?',
  ),
  count: sql<{ count: number }>(
    'SELECT count(*) AS count FROM (SELECT 1 FROM term WHERE token = ? LIMIT 0 + ?)',
  ),
  has: sql<{ one: number }>('SELECT 1 AS one FROM term WHERE token = ? AND thread = ?'),
  holders: sql<{ thread: number }>('SELECT thread FROM term WHERE token = ?'),
}

/** Returns whether the index has another version and must be rebuilt. */
export function isStrange(db: Pick<Database, 'prepare'>): boolean {
  return ![0, VERSION].includes(tablesVersion(db))
}

/**
 * The search index in an open file. `begin` returns undefined if the index belongs to another life of the store. It must then
 * be rebuilt.
 */
export type OpenIndex = Omit<SearchIndex, 'begin'> & { begin(life: string): number | undefined }

/** Returns the search index in an open file. */
export function indexOn(db: Database): OpenIndex {
  if (tablesVersion(db) === 0) db.exec(`BEGIN IMMEDIATE; ${TABLES}; COMMIT`)
  const run = prepareAll(db, STATEMENTS)
  const lists = prepareLists(db)
  return {
    begin(life) {
      const known = run.life.get()
      if (known === undefined) run.putLife.run(life, 0)
      return known === undefined ? 0 : known.life === life ? known.mark : undefined
    },
    put(threads, mark) {
      commitNow(db, () => {
        for (const thread of threads) replace(run, thread)
        run.putMark.run(mark)
      })
    },
    forget(threads) {
      commitNow(db, () => {
        for (const thread of threads)
          replace(run, { thread, changedMs: 0, dueMs: null, tracks: [], terms: [] })
      })
      const { page_count = 0 } = db.prepare<{ page_count: number }>('PRAGMA page_count').get() ?? {}
      if (page_count <= COMPACTED) db.compact()
      else db.emptyLog()
    },
    count: (term, most) => run.count.get(term, most)?.count ?? 0,
    has: (term, thread) => run.has.get(term, thread) !== undefined,
    holders: (term) => run.holders.all(term).map(({ thread }) => thread),
    tracks: (thread) => run.tracks.all(thread),
    list: (wanted, order, limit, after) =>
      lists(wanted, order).all(
        ...valuesOf(wanted),
        after?.ms ?? FIRST[order],
        after?.thread ?? FIRST[order],
        limit,
      ),
    close: db.close,
  }
}

/** Replaces the entry of a thread, and writes only what differs. */
function replace(
  run: Prepared<typeof STATEMENTS>,
  { thread, changedMs, dueMs, tracks, terms }: IndexedThread,
): void {
  const [before, after] = [termsIn(run.terms.get(thread)?.terms), new Set(terms)]
  const [gone, added] = [before.difference(after), after.difference(before)]
  for (const term of gone) run.removeTerm.run(term, thread)
  for (const term of added) run.addTerm.run(term, thread)
  if (tracks.length === 0) run.removeTerms.run(thread)
  else if (gone.size + added.size > 0) run.putTerms.run(thread, bytesOf(after))
  for (const { counterpart } of run.tracks.all(thread))
    if (!tracks.some((track) => track.counterpart === counterpart)) run.removeTrack.run(thread, counterpart)
  for (const { counterpart, kind, state } of tracks)
    run.putTrack.run(thread, counterpart, kind, state, changedMs, dueMs)
}

/** Prepares the statement of each list. */
function prepareLists(db: Database): (wanted: Wanted, order: Order) => Statement<IndexPlace> {
  const statements = new Map(
    LISTED.flatMap((columns) =>
      (['changed', 'due'] as const).map((order) => {
        const name = nameOf(columns, order)
        const [ms, after, turn] = order === 'due' ? ['dueMs', '>', ''] : ['changedMs', '<', ' DESC']
        const given = columns.map((column) => `${column} = ?`).join(' AND ')
        const text = `SELECT ${ms} AS ms, thread FROM track INDEXED BY ${name} WHERE ${given} AND ${ms} IS NOT NULL AND (${ms}, thread) ${after} (?, ?) ORDER BY ${ms}${turn}, thread${turn} LIMIT 0 + ?`
        return [name, db.prepare<IndexPlace>(text)] as const
      }),
    ),
  )
  return ({ counterpart, kind }, order) => {
    const columns = [
      ...(counterpart === undefined ? [] : ['counterpart']),
      ...(kind === undefined ? [] : ['kind']),
      'state',
    ]
    return statements.get(nameOf(columns, order)) as Statement<IndexPlace>
  }
}

function valuesOf({ counterpart, kind, state }: Wanted): number[] {
  return [counterpart, kind, state].filter((value) => value !== undefined)
}

function termsIn(bytes: Uint8Array = new Uint8Array()): Set<number> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return new Set(
    Array.from({ length: bytes.length / TOKEN_BYTES }, (_, i) =>
      view.readUIntBE(i * TOKEN_BYTES, TOKEN_BYTES),
    ),
  )
}

function bytesOf(terms: ReadonlySet<number>): Uint8Array {
  const bytes = Buffer.alloc(terms.size * TOKEN_BYTES)
  let at = 0
  for (const term of terms) at = bytes.writeUIntBE(term, at, TOKEN_BYTES)
  return bytes
}
