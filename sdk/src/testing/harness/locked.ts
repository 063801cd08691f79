// Tests whether other processes are locked out of a database that this process has open.
import { execFileSync } from 'node:child_process'

/** Program for another process. SQLite itself refuses a second opening within one process, so only another process shows the locks. */
const OPEN = `
  const { DatabaseSync } = require('node:sqlite')
  try {
    const db = new DatabaseSync(process.argv[1], { timeout: 0 })
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE')
    process._rawDebug('open')
    process.kill(process.pid, 'SIGKILL')
  } catch (error) {
    process.stdout.write(error.message)
  }`

/** Whether another process is refused because the database at `path` is locked. */
export function isLockedForOthers(path: string): boolean {
  try {
    return /locked/.test(
      `${execFileSync(process.execPath, ['--no-warnings', '-e', OPEN, path], { stdio: 'pipe' })}`,
    )
  } catch {
    return false
  }
}
