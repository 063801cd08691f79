// Creates and runs a gateway in a separate process with the operator's command. docs/guide/benchmark.md, "End to end"
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { releasedCommand } from '../measure/bundles.ts'
import { nodeFlags, SERVICE_ENV, stop } from '../measure/child.ts'

const LOG_KEPT = 2000

export interface GatewayProcess extends AsyncDisposable {
  readonly pid: number
  /** Time from the start of the process to its ready message. Milliseconds. */
  readonly readyMs: number
  /** Creates an enrolment token for the gateway's desk. */
  token(): Promise<string>
}

/** Creates a gateway, by default on free ports. */
export async function makeGateway(
  directory: string,
  organisation: string,
  listen = '127.0.0.1:0',
): Promise<void> {
  await command('init', directory, '--organisation', organisation, '--listen', listen)
}

/** Starts an existing gateway. */
export async function startGateway(directory: string, profileDir?: string): Promise<GatewayProcess> {
  const program = await releasedCommand('gateway/bin/rex-gateway.js')
  const began = performance.now()
  const child = spawn(process.execPath, [...nodeFlags(profileDir), program, 'start', '--dir', directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: SERVICE_ENV,
  })
  await ready(child)
  return {
    pid: child.pid as number,
    readyMs: performance.now() - began,
    token: async () => JSON.parse(await command('token', directory, '--json')).token,
    [Symbol.asyncDispose]: () => stop(child),
  }
}

/** Waits for the first line of output, the ready message. Shows the log only if the gateway ends before that. */
async function ready(child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  const ended = new AbortController()
  let log = ''
  child.stderr.on('data', (lines) => (log = `${log}${lines}`.slice(-LOG_KEPT)))
  child.once('exit', (code) => ended.abort(new Error(`The gateway ended with ${code}.\n${log}`)))
  await once(child.stdout, 'data', { signal: ended.signal })
}

async function command(verb: string, directory: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    await releasedCommand('gateway/bin/rex-gateway.js'),
    verb,
    '--dir',
    directory,
    ...options,
  ])
  return stdout
}
