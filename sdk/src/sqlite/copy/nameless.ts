// A database in an unnamed file, for a copy that is only read. docs/adr/0033
import { closeSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Database, guarded, toRexError } from '../database.ts'

/** A copy of a database, for reading only. */
interface NamelessDatabase extends Pick<Database, 'prepare' | 'exec' | 'close'> {
  /** Descriptor of the database file, which is empty. Write the copy to it before the first statement. */
  readonly file: number
}

/**
 * Opens a database in a new unnamed file, so nothing is left when the process ends, even if it is killed. `path`: where the file briefly has a name,
 * while it is empty.
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
