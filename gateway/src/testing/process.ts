// Runs the rex-gateway command as a separate process. For tests.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { programAt } from '../../../sdk/src/testing/harness/programs/path.ts'

const COMMAND = programAt('gateway/bin/rex-gateway.js')

/** Output and exit code of a finished command. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Node settings of a command. */
export interface Settings {
  readonly execArgv?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** Runs the command to completion. */
export function run(...args: readonly string[]): Promise<Ended> {
  return runUnder({}, ...args)
}

/** Runs the command to completion with these Node settings. */
export function runUnder({ execArgv = [], env }: Settings, ...args: readonly string[]): Promise<Ended> {
  return output(
    spawn(process.execPath, [...execArgv, COMMAND, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    }),
  )
}

/** Runs a line of bash in which `"$0" "$1"` is the command and `"$2"` its first argument. */
export function runShell(line: string, ...args: readonly string[]): Promise<Ended> {
  return output(
    spawn('bash', ['-c', line, process.execPath, COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }),
  )
}

/**
 * Starts a gateway and resolves when it is ready. `before`: a program that runs the gateway. `stderr`: a file for the
 * gateway's log.
 */
export async function start(
  directory: string,
  before: readonly string[] = [],
  stderr: number | 'pipe' = 'pipe',
): Promise<RunningGateway> {
  const [program = '', ...args] = [
    ...before,
    process.execPath,
    COMMAND,
    'start',
    '--json',
    '--dir',
    directory,
  ]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', stderr] })
  const ended = output(child)
  const ready = once(child.stdout as Readable, 'data').then(
    ([line]) => JSON.parse(String(line)) as { address: string },
  )
  const first = await Promise.race([ready, ended])
  if ('code' in first) throw new Error(`the gateway ended with ${first.code}: ${first.err}`)
  return {
    pid: child.pid ?? 0,
    stdout: child.stdout,
    stderr: child.stderr,
    address: first.address,
    ended,
    async kill(signal) {
      child.kill(signal)
      return ended
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A gateway in a separate process. */
export interface RunningGateway extends AsyncDisposable {
  readonly pid: number
  readonly stdout: Readable | null
  /** Standard error of the process, or null if its log goes to a file. */
  readonly stderr: Readable | null
  readonly address: string
  readonly ended: Promise<Ended>
  kill(signal: NodeJS.Signals): Promise<Ended>
}

async function output(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout?.on('data', (text) => {
    out += text
  })
  child.stderr?.on('data', (text) => {
    err += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}
