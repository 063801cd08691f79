// The source files of which a function runs, by the precise coverage of V8. docs/architecture.md
import { Session } from 'node:inspector'

const session = new Session()
session.connect()

/** Starts to count the functions that run in this thread. */
export function startCoverage(): void {
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
}

/** The files of `sdk/src` and `gateway/src`, without test code, of which a function has run since the last call. */
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
