// Determines the source files whose functions run, with V8's precise coverage. docs/architecture.md
import { Session } from 'node:inspector'

const session = new Session()
session.connect()

/** Starts counting the functions that run in this thread. */
export function startCoverage(): void {
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
}

/** Returns the files in `sdk/src` and `gateway/src`, without test code, in which a function has run since the last call. */
export function ran(): string[] {
  let files: string[] = []
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error !== null) throw error
    files = taken.result
      .filter(({ functions }) => functions.some(({ ranges: [whole] }) => (whole?.count ?? 0) > 0))
      .flatMap(({ url }) => /\/((?:sdk|gateway)\/src\/(?!testing\/).*)/.exec(url)?.[1] ?? [])
  })
  return files
}
