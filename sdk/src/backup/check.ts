// Writes the databases of a backup that is being verified to unnamed files, so that nothing remains on the disk. docs/adr/0033
import { randomBytes } from 'node:crypto'
import { write as writeWith } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { toHex } from '../core/encoding/encoding.ts'
import { openNameless } from '../sqlite/copy/nameless.ts'
import type { Database } from '../sqlite/database.ts'
import { damagedBackup } from './head.ts'
import { refused } from './new-file.ts'
import type { Sink } from './read.ts'

const write = promisify(writeWith)
/**
 * Bytes of a database header that state whether the database has a write-ahead log: their offset, and the value that means "no log". The copy has no
 * log. https://sqlite.org/fileformat2.html, 1.3.3
 */
const JOURNAL = { at: 18, none: Uint8Array.of(1, 1) }

/** A database from a backup that is being verified. */
export interface CheckedDatabase extends Disposable {
  readonly sink: Sink
  /** Opens the database. Call this only when all of its content has been written. @throws RexError MALFORMED if SQLite finds damage */
  open(): Pick<Database, 'prepare' | 'exec'>
}

/** Creates a file for a database in the directory for temporary files. @throws RexError STORE_FULL, CONFIG_INVALID */
export async function checkedDatabase(): Promise<CheckedDatabase> {
  const path = join(tmpdir(), `rex-verify-${toHex(randomBytes(8))}`)
  const db = await refused(async () => openNameless(path))
  const put = async (bytes: Uint8Array, at: number) => {
    for (let done = 0; done < bytes.length; )
      done += (await write(db.file, bytes, done, bytes.length - done, at + done)).bytesWritten
  }
  let isWhole = false
  return {
    sink: {
      put,
      async end(size) {
        if (size > 0) await put(JOURNAL.none, JOURNAL.at)
        isWhole = true
      },
      async close() {},
    },
    open() {
      if (!isWhole) throw damagedBackup(new Error('A database is missing.'))
      const [found] = checkIntegrity(db)
      if (found?.integrity_check !== 'ok') throw damagedBackup(new Error('A database is damaged.'))
      return db
    },
    [Symbol.dispose]: () => db.close(),
  }
}

function checkIntegrity(db: Pick<Database, 'prepare'>) {
  try {
    return db.prepare<{ integrity_check: string }>('PRAGMA integrity_check(1)').all()
  } catch (cause) {
    throw damagedBackup(cause)
  }
}
