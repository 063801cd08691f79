// A gateway in a process of its own, made and run by the command that an operator uses. docs/guide/benchmark.md, "End to end"
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { nodeFlags, SERVICE_ENV, stop } from '../measure/child.ts'

const COMMAND = fileURLToPath(new URL('../../gateway/bin/rex-gateway.js', import.meta.url))
const LOG_KEPT = 2000

/** A running gateway. */
export interface GatewayProcess extends AsyncDisposable {
  readonly pid: number
  /** From starting the process to its word that it takes traffic. Milliseconds. */
  readonly readyMs: number
  /** A token for its desk. */
  token(): Promise<string>
}

/** Makes a gateway. Default: on free ports. */
export async function makeGateway(
  directory: string,
  organisation: string,
  listen = '127.0.0.1:0',
): Promise<void> {
  await command('init', directory, '--organisation', organisation, '--listen', listen)
}

/** Starts a gateway that was made. */
export async function startGateway(directory: string, profileDir?: string): Promise<GatewayProcess> {
  const began = performance.now()
  const child = spawn(process.execPath, [...nodeFlags(profileDir), COMMAND, 'start', '--dir', directory], {
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

/** Its first line of output says that it takes traffic. Its log is read, and shown only if it ends before. */
async function ready(child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  const ended = new AbortController()
  let log = ''
  child.stderr.on('data', (lines) => (log = `${log}${lines}`.slice(-LOG_KEPT)))
  child.once('exit', (code) => ended.abort(new Error(`The gateway ended with ${code}.\n${log}`)))
  await once(child.stdout, 'data', { signal: ended.signal })
}

async function command(verb: string, directory: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    COMMAND,
    verb,
    '--dir',
    directory,
    ...options,
  ])
  return stdout
}
