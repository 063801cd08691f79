// The process `rex-desk`: signals, streams, exit code. docs/guide/rex-desk.md
import { letHeapGrow, refuseDebugger } from '../process/index.ts'
import { run } from './run.ts'

const end = new AbortController()

process.umask(0o077)
refuseDebugger()
letHeapGrow()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    end.abort(new DOMException(signal, 'AbortError'))
    process.once(signal, () => process.exit(130))
  })
}
// A reader that has gone, such as `| head`, ends the run without a complaint.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  now: Date.now,
  signal: end.signal,
})
