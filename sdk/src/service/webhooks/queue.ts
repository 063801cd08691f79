// The queue of letters to webhooks, in a separate database: ids and states, in the order of the changes. docs/adr/0054-webhooks-have-a-queue-of-their-own.md
import type { DeskChange } from '../../client/api/changes.ts'
import { commitNow, type Database, groupCommit, openDatabase } from '../../sqlite/index.ts'

/** File name of the queue in a desk directory. */
export const QUEUE_FILE = 'webhooks.db'
/** Maximum number of dead letters for each webhook. */
const DEAD = 10_000
const SCHEMA = `
  CREATE TABLE place (hook TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE letter (sequence INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, thread TEXT NOT NULL, change TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, nextMs INTEGER NOT NULL DEFAULT 0, failure TEXT NOT NULL DEFAULT '', dead INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE INDEX letter_hook ON letter (hook, dead, sequence);
  PRAGMA user_version = 1;
`

/** A change, or the message that the desk no longer has some changes. */
export type Posted = DeskChange | { readonly kind: 'missed'; readonly cursor: string; readonly atMs: number }

/** A change to be posted to a webhook. */
export interface QueuedLetter {
  readonly sequence: number
  /** Thread id. Empty: the change concerns no thread. */
  readonly thread: string
  readonly change: Posted
  readonly attempts: number
  /** Time of the next attempt. Unix milliseconds. */
  readonly nextMs: number
  /** Why the last attempt failed. Empty: no attempt has failed. */
  readonly failure: string
}

/** The letters of all webhooks. Every write is durable when it resolves. @throws RexError STORE_FULL, STORE_FAILED */
export interface Queue {
  /** Returns the cursor up to which changes were taken. Undefined: the webhook is new. */
  place(hook: string): string | undefined
  /** Takes changes in order, and records the cursor of the last one. An erasure removes the letters about its thread. */
  take(hook: string, changes: readonly Posted[], cursor: string): Promise<QueuedLetter[]>
  /** Returns the waiting letters, or the dead ones, in order. */
  letters(hook: string, dead?: boolean): QueuedLetter[]
  remove(sequence: number): Promise<void>
  postpone(letter: QueuedLetter): Promise<void>
  /** Gives up on a letter. Keeps the newest 10 000 letters that were given up. */
  bury(hook: string, letter: QueuedLetter): Promise<void>
  /** Counts the dead letters. */
  dead(hook: string): number
  /** Makes all dead letters wait again, as if they had never been posted. Returns them in order. */
  revive(hook: string): Promise<QueuedLetter[]>
  /** Removes everything of webhooks that are not in this list. */
  keepOnly(hooks: readonly string[]): void
  close(): void
}

type Row = Omit<QueuedLetter, 'change'> & { readonly change: string }

/** Opens or creates the queue. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED */
export function openQueue(path: string): Queue {
  const db = openDatabase(path)
  const { user_version: version } = db.prepare<{ user_version: number }>('PRAGMA user_version').get() ?? {}
  if (version === 0) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`)
  const { commit, flush } = groupCommit(db)
  const run = statementsOf(db)
  const all = (hook: string, dead: boolean) =>
    run.letters.all(hook, dead ? 1 : 0).map((row) => ({ ...row, change: JSON.parse(row.change) as Posted }))
  return {
    place: (hook) => run.place.get(hook)?.cursor,
    take: (hook, changes, cursor) =>
      commit(() => {
        run.putPlace.run(hook, cursor)
        return changes.map((change) => {
          const thread = 'thread' in change ? change.thread : ''
          if (change.kind === 'erased') run.forget.run(hook, thread)
          const { sequence = 0 } = run.add.get(hook, thread, JSON.stringify(change)) ?? {}
          return { sequence, thread, change, attempts: 0, nextMs: 0, failure: '' }
        })
      }),
    letters: (hook, dead = false) => all(hook, dead),
    remove: (sequence) => commit(() => void run.remove.run(sequence)),
    postpone: ({ attempts, nextMs, failure, sequence }) =>
      commit(() => void run.postpone.run(attempts, nextMs, failure, sequence)),
    bury: (hook, { attempts, failure, sequence }) =>
      commit(() => {
        run.bury.run(attempts, failure, sequence)
        run.removeOldest.run(hook, hook, DEAD)
      }),
    dead: (hook) => run.dead.get(hook)?.count ?? 0,
    revive: (hook) =>
      commit(() => {
        const letters = all(hook, true)
        run.revive.run(hook)
        return letters.map((letter) => ({ ...letter, attempts: 0, nextMs: 0 }))
      }),
    keepOnly: (hooks) =>
      commitNow(db, { count: () => {}, note: () => {} }, () => {
        for (const statement of [run.keepLetters, run.keepPlaces]) statement.run(JSON.stringify(hooks))
      }),
    close() {
      flush()
      db.close()
    },
  }
}

function statementsOf(db: Database) {
  return {
    place: db.prepare<{ cursor: string }>('SELECT cursor FROM place WHERE hook = ?'),
    putPlace: db.prepare('INSERT OR REPLACE INTO place VALUES (?, ?)'),
    add: db.prepare<{ sequence: number }>(
      'INSERT INTO letter (hook, thread, change) VALUES (?, ?, ?) RETURNING sequence',
    ),
    forget: db.prepare('DELETE FROM letter WHERE hook = ? AND thread = ?'),
    letters: db.prepare<Row>(
      'SELECT sequence, thread, change, attempts, nextMs, failure FROM letter WHERE hook = ? AND dead = ? ORDER BY sequence',
    ),
    dead: db.prepare<{ count: number }>('SELECT count(*) AS count FROM letter WHERE hook = ? AND dead = 1'),
    remove: db.prepare('DELETE FROM letter WHERE sequence = ?'),
    postpone: db.prepare('UPDATE letter SET attempts = ?, nextMs = ?, failure = ? WHERE sequence = ?'),
    bury: db.prepare('UPDATE letter SET dead = 1, attempts = ?, failure = ? WHERE sequence = ?'),
    removeOldest: db.prepare(
      'DELETE FROM letter WHERE hook = ? AND dead = 1 AND sequence <= (SELECT sequence FROM letter WHERE hook = ? AND dead = 1 ORDER BY sequence DESC LIMIT 1 OFFSET ?)',
    ),
    revive: db.prepare('UPDATE letter SET dead = 0, attempts = 0, nextMs = 0 WHERE hook = ? AND dead = 1'),
    keepLetters: db.prepare('DELETE FROM letter WHERE hook NOT IN (SELECT value FROM json_each(?))'),
    keepPlaces: db.prepare('DELETE FROM place WHERE hook NOT IN (SELECT value FROM json_each(?))'),
  }
}
