// A database in a file without a name, for a copy that is only looked through. docs/adr/0033
import { closeSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Database, guarded, toRexError } from '../database.ts'

/** A copy of a database, to be looked through. */
interface NamelessDatabase extends Pick<Database, 'prepare' | 'exec' | 'close'> {
  /** Descriptor of its file, which is empty: put the copy there before the first statement. */
  readonly file: number
}

/**
 * Opens a database in a new file without a name: nothing of it is left when the process ends, however it ends.
 * `path`: where the file has its name for a moment, while it is empty.
 */
export function openNameless(path: string): NamelessDatabase {
  const file = openSync(path, 'wx+', 0o600)
  const db = new DatabaseSync(path)
  rmSync(path)
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (cause) {
      throw toRexError(cause)
    }
  }
  return {
    file,
    prepare: <Row>(sql: string) =>
      guarded<Row>(
        guard(() => db.prepare(sql)),
        guard,
      ),
    exec: (sql) => guard(() => db.exec(sql)),
    close() {
      db.close()
      closeSync(file)
    },
  }
}
