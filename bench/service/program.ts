// Runs `rex-desk serve` as a separate process. docs/guide/benchmark.md, "Service"
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { releasedCommand } from '../measure/bundles.ts'
import { nodeFlags, SERVICE_ENV, stop } from '../measure/child.ts'

/** A running service. */
export interface Program extends AsyncDisposable {
  readonly pid: number
  readonly socket: string
}

/** Starts the service of a desk directory. */
export async function startProgram(directory: string, passphraseFile: string): Promise<Program> {
  const options = ['serve', '--json', '--dir', directory, '--passphrase-file', passphraseFile]
  const program = await releasedCommand('sdk/bin/rex-desk.js')
  const child = spawn(process.execPath, [...nodeFlags(undefined), program, ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: SERVICE_ENV,
  })
  const ended = new AbortController()
  child.once('exit', (code) => ended.abort(new Error(`The service ended with ${code}.`)))
  const [line] = await once(child.stdout, 'data', { signal: ended.signal })
  return {
    pid: child.pid as number,
    socket: JSON.parse(String(line)).socket,
    [Symbol.asyncDispose]: () => stop(child),
  }
}
