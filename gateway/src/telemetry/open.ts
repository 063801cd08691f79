// Opens the configured log. docs/guide/gateway.md, "Log"
import { createLog, errorFields, type Log, type LogLevel } from './log.ts'
import { openLogFile } from './writer.ts'

/** A log that can be reopened after its file was renamed. */
interface OpenLog {
  readonly log: Log
  /** Continues in a new file with the same name. Has no effect on standard error. */
  reopen(): void
}

/** Opens the log: a file, or standard error. @throws RexError CONFIG_INVALID if the file cannot be written */
export function openLog({ log: level, logFile }: { log: LogLevel; logFile?: string | undefined }): OpenLog {
  if (logFile === undefined) return { log: createLog({ level }), reopen() {} }
  const file = openLogFile(logFile)
  const log = createLog({ level, write: file.write })
  return {
    log,
    reopen() {
      try {
        file.reopen()
        log.info('log reopened')
      } catch (error) {
        log.error('log not reopened', errorFields(error))
      }
    },
  }
}
