// The queue of letters to webhooks and mail addresses, in a separate database: ids and states, in the order of the changes. docs/adr/0054-webhooks-have-a-queue-of-their-own.md
import type { DeskChange } from '../../client/api/changes.ts'
import {
  commitNow,
  type Database,
  groupCommit,
  openDatabase,
  openMark,
  tablesVersion,
} from '../../sqlite/index.ts'
import type { AlertKind } from './alert.ts'

/** File name of the queue in a desk directory. */
export const QUEUE_FILE = 'webhooks.db'
/** Maximum number of dead letters for each channel. */
const DEAD = 10_000
const HOUR = 3_600_000
/** The SQL with which each version extends the tables. */
const VERSIONS = [
  `CREATE TABLE place (hook TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE letter (sequence INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, thread TEXT NOT NULL, change TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, nextMs INTEGER NOT NULL DEFAULT 0, failure TEXT NOT NULL DEFAULT '', dead INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE INDEX letter_hook ON letter (hook, dead, sequence);`,
  `ALTER TABLE letter ADD COLUMN mail TEXT NOT NULL DEFAULT '';
  CREATE TABLE mailed (hook TEXT NOT NULL, atMs INTEGER NOT NULL) STRICT;`,
]

/** A change, or the message that the desk no longer has some changes. `alert`: the alert that it raises, for a channel that gets alerts. */
export type Posted = (
  | DeskChange
  | { readonly kind: 'missed'; readonly cursor: string; readonly atMs: number }
) & {
  readonly alert?: AlertKind | 'missed'
}

/** A change to be delivered to a channel. */
export interface NewLetter {
  readonly change: Posted
  /** Earliest time of delivery. Unix milliseconds. 0: immediately. */
  readonly nextMs: number
}

/** A change in the queue. */
export interface QueuedLetter extends NewLetter {
  readonly sequence: number
  /** Thread id. Empty: the change concerns no thread. */
  readonly thread: string
  readonly attempts: number
  /** Why the last attempt failed. Empty: no attempt has failed. */
  readonly failure: string
  /** Id of the mail that delivers the letter. Empty: no mail yet. */
  readonly mail: string
}

/** Changes that were read together. */
interface Taken {
  readonly letters: readonly NewLetter[]
  /** Threads that were erased. Earlier letters about them are removed. */
  readonly erased: readonly string[]
  /** Cursor up to which the changes were read. */
  readonly cursor: string
}

/** The letters of all channels. Every write is durable when it resolves. @throws RexError STORE_FULL, STORE_FAILED */
export interface Queue {
  /**
   * Whether the file was lost or replaced since it was last written. If so, a channel that is not in the queue may be an old
   * one.
   */
  readonly forgot: boolean
  /** Returns the cursor up to which changes were taken. Undefined: the channel is new. */
  place(channel: string): string | undefined
  /** Stores the letters about changes that were read together, in order, and the cursor. Returns the stored letters. */
  take(channel: string, taken: Taken): Promise<QueuedLetter[]>
  /** Returns the waiting letters, or the dead ones, in order. */
  letters(channel: string, dead?: boolean): QueuedLetter[]
  remove(letters: readonly QueuedLetter[]): Promise<void>
  /** Stores attempts, next time and failure of letters. */
  postpone(letters: readonly QueuedLetter[]): Promise<void>
  /** Gives up on letters. Keeps the newest 10 000 letters that were given up. */
  bury(channel: string, letters: readonly QueuedLetter[]): Promise<void>
  /** Records the id and the time of the mail that delivers these letters, so that the same mail is sent again after a crash. */
  address(channel: string, letters: readonly QueuedLetter[], atMs: number): Promise<void>
  /** Returns when the mails of the last hour were made. Unix milliseconds. */
  mailed(channel: string): number[]
  /** Counts the dead letters. */
  dead(channel: string): number
  /** Makes all dead letters wait again, as if no attempt had been made. Returns them in order. */
  revive(channel: string): Promise<QueuedLetter[]>
  /** Removes everything of channels that are not in this list. Returns the number of letters that waited. */
  keepOnly(channels: readonly string[]): number
  close(): void
}

type Row = Omit<QueuedLetter, 'change'> & { readonly change: string }

/** Opens or creates the queue. @throws RexError STORE_IN_USE, STORE_FULL, STORE_FAILED */
export function openQueue(path: string): Queue {
  const db = openDatabase(path)
  const mark = openMark(db, `${path}.mark`)
  const lacks = VERSIONS.slice(tablesVersion(db))
  if (lacks.length > 0)
    db.exec(`BEGIN IMMEDIATE; ${lacks.join('')} PRAGMA user_version = ${VERSIONS.length}; COMMIT`)
  const { commit, flush } = groupCommit(db, { mark })
  const run = statementsOf(db)
  const all = (channel: string, dead: boolean) =>
    run.letters
      .all(channel, dead ? 1 : 0)
      .map((row) => ({ ...row, change: JSON.parse(row.change) as Posted }))
  return {
    forgot: mark.forgot,
    place: (channel) => run.place.get(channel)?.cursor,
    take: (channel, { letters, erased, cursor }) =>
      commit(() => {
        run.putPlace.run(channel, cursor)
        for (const thread of erased) run.forget.run(channel, thread)
        return letters.map(({ change, nextMs }) => {
          const thread = 'thread' in change ? change.thread : ''
          const { sequence = 0 } = run.add.get(channel, thread, JSON.stringify(change), nextMs) ?? {}
          return { sequence, thread, change, nextMs, attempts: 0, failure: '', mail: '' }
        })
      }),
    letters: (channel, dead = false) => all(channel, dead),
    remove: (letters) =>
      commit(() => {
        for (const { sequence } of letters) run.remove.run(sequence)
      }),
    postpone: (letters) =>
      commit(() => {
        for (const { attempts, nextMs, failure, sequence } of letters)
          run.postpone.run(attempts, nextMs, failure, sequence)
      }),
    bury: (channel, letters) =>
      commit(() => {
        for (const { attempts, failure, sequence } of letters) run.bury.run(attempts, failure, sequence)
        run.removeOldest.run(channel, channel, DEAD)
      }),
    address: (channel, letters, atMs) =>
      commit(() => {
        for (const { mail, sequence } of letters) run.address.run(mail, sequence)
        run.forgetMailed.run(channel, atMs - HOUR, atMs)
        run.addMailed.run(channel, atMs)
      }),
    mailed: (channel) => run.mailed.all(channel).map(({ atMs }) => atMs),
    dead: (channel) => run.dead.get(channel)?.count ?? 0,
    revive: (channel) =>
      commit(() => {
        const letters = all(channel, true)
        run.revive.run(channel)
        return letters.map((letter) => ({ ...letter, attempts: 0, nextMs: 0 }))
      }),
    keepOnly(channels) {
      const names = JSON.stringify(channels)
      const { count = 0 } = run.others.get(names) ?? {}
      commitNow(db, () => {
        for (const statement of [run.keepLetters, run.keepPlaces, run.keepMailed]) statement.run(names)
      })
      return count
    },
    close() {
      flush()
      mark.close()
      db.close()
    },
  }
}

function statementsOf(db: Database) {
  return {
    place: db.prepare<{ cursor: string }>('SELECT cursor FROM place WHERE hook = ?'),
    putPlace: db.prepare('INSERT OR REPLACE INTO place VALUES (?, ?)'),
    add: db.prepare<{ sequence: number }>(
      'INSERT INTO letter (hook, thread, change, nextMs) VALUES (?, ?, ?, ?) RETURNING sequence',
    ),
    forget: db.prepare('DELETE FROM letter WHERE hook = ? AND thread = ?'),
    letters: db.prepare<Row>(
      'SELECT sequence, thread, change, attempts, nextMs, failure, mail FROM letter WHERE hook = ? AND dead = ? ORDER BY sequence',
    ),
    dead: db.prepare<{ count: number }>('SELECT count(*) AS count FROM letter WHERE hook = ? AND dead = 1'),
    remove: db.prepare('DELETE FROM letter WHERE sequence = ?'),
    postpone: db.prepare('UPDATE letter SET attempts = ?, nextMs = ?, failure = ? WHERE sequence = ?'),
    bury: db.prepare('UPDATE letter SET dead = 1, attempts = ?, failure = ? WHERE sequence = ?'),
    address: db.prepare('UPDATE letter SET mail = ? WHERE sequence = ?'),
    addMailed: db.prepare('INSERT INTO mailed VALUES (?, ?)'),
    mailed: db.prepare<{ atMs: number }>('SELECT atMs FROM mailed WHERE hook = ? ORDER BY atMs'),
    forgetMailed: db.prepare('DELETE FROM mailed WHERE hook = ? AND NOT atMs BETWEEN ? AND ?'),
    removeOldest: db.prepare(
      'DELETE FROM letter WHERE hook = ? AND dead = 1 AND sequence <= (SELECT sequence FROM letter WHERE hook = ? AND dead = 1 ORDER BY sequence DESC LIMIT 1 OFFSET ?)',
    ),
    revive: db.prepare('UPDATE letter SET dead = 0, attempts = 0, nextMs = 0 WHERE hook = ? AND dead = 1'),
    others: db.prepare<{ count: number }>(
      'SELECT count(*) AS count FROM letter WHERE dead = 0 AND hook NOT IN (SELECT value FROM json_each(?))',
    ),
    keepLetters: db.prepare('DELETE FROM letter WHERE hook NOT IN (SELECT value FROM json_each(?))'),
    keepPlaces: db.prepare('DELETE FROM place WHERE hook NOT IN (SELECT value FROM json_each(?))'),
    keepMailed: db.prepare('DELETE FROM mailed WHERE hook NOT IN (SELECT value FROM json_each(?))'),
  }
}
