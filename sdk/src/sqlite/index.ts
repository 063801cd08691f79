// Entry point @rex/sdk/sqlite: a durable SQLite file with group commit, for the desk store and the gateway's store.
export { CHECK_PACE, type Checked, openChecked } from './check.ts'
export { type CommitOptions, type Committer, commitNow, groupCommit } from './commit.ts'
export { damaged, isDamage } from './damage.ts'
export {
  type Database,
  type DatabaseOptions,
  LIMIT_BOUND,
  openDatabase,
  resultCode,
  type Statement,
  tablesVersion,
} from './database.ts'
export { type GrowingLog, growingLog } from './log.ts'
export { type Mark, openMark } from './mark.ts'
