// The `rex-desk` process: signals, streams, exit code. docs/guide/rex-desk.md
import {
  keepOutOfCoreDumps,
  letHeapGrow,
  onStopSignals,
  outliveReaders,
  refuseDebugger,
} from '../process/index.ts'
import { run } from './run.ts'
import { sayIfCoreDumps } from './shell.ts'

const end = new AbortController()
const unread = new AbortController()

process.umask(0o077)
refuseDebugger()
letHeapGrow()
onStopSignals(
  (signal) => end.abort(new DOMException(signal, 'AbortError')),
  () => process.exit(130),
)
outliveReaders('rex-desk', () => unread.abort())

const shell = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  now: Date.now,
  signal: end.signal,
  unread: unread.signal,
}
if (!keepOutOfCoreDumps()) sayIfCoreDumps(shell)
process.exitCode = await run(process.argv.slice(2), shell)
