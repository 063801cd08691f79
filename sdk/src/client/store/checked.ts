// A database whose lost commits and damaged pages are noticed. docs/spec/delivery.md, "Durability"
import { backgroundCheck, type CheckOptions, checkStore } from '../../sqlite/check.ts'
import type { Database, DatabaseOptions } from '../../sqlite/database.ts'
import { type Mark, openMark } from '../../sqlite/mark.ts'
import { openPages } from '../../sqlite/pages.ts'

/** How to check a database. `served`: tables whose rows show damage by themselves. `named`: the error that names the file. */
type CheckedOptions = Pick<DatabaseOptions, 'durable'> &
  Required<Pick<CheckOptions, 'served' | 'named'>> & {
    /** Brings the schema up to date. */
    readonly migrate: (db: Database) => void
  }

/** What is kept beside a database, and what it shows. */
export interface Checked {
  /** Undefined: the database is not durable. */
  readonly mark: Mark | undefined
  /** Whether rows are damaged. */
  isDamaged(): boolean
  /** Whether rows may be damaged or missing unnoticed: when the database was opened, no checksum vouched for them. */
  readonly isSuspect: boolean
  /** Accepts all rows as they are. */
  accept(): void
  /** Runs a step of the check in the background; returns whether the round has more. */
  readonly check: () => boolean
}

/** Opens what is beside the database of a file, brings its schema up to date, and checks it. @throws RexError STORE_FAILED and others */
export function openChecked(db: Database, path: string, options: CheckedOptions): Checked {
  const { durable = true, migrate, served, named } = options
  let damage = false
  const how: CheckOptions = {
    served,
    named,
    tell() {
      damage = true
    },
  }
  let mark: Mark | undefined
  try {
    mark = durable ? openMark(db, `${path}.mark`) : undefined
    migrate(db)
    const pages = mark && openPages(db, path)
    if (mark !== undefined && pages !== undefined) checkStore(db, pages, { ...how, forgot: mark.forgot })
    return {
      mark,
      isDamaged: () => damage,
      isSuspect: damage || pages?.vouched === false,
      accept() {
        damage = false
        pages?.accept(pages.unlike)
      },
      check: pages === undefined ? () => false : backgroundCheck(db, pages, how),
    }
  } catch (error) {
    mark?.close()
    throw error
  }
}
