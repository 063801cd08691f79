// Runs a gateway in a separate process with the operator's command.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { programAt } from '../../sdk/src/testing/harness/programs/path.ts'
import { end } from './end.ts'

const FLAGS = ['--disable-warning=ExperimentalWarning']
const run = promisify(execFile)

// Use ports below the ephemeral range, because an outgoing connection could take an ephemeral port before the gateway binds it.
let nextPort = randomInt(10_000, 30_000)

/** A gateway process. */
export interface GatewayProcess {
  /** Creates an enrolment token for a desk. */
  token(): Promise<string>
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Creates a gateway in `directory`; `start` runs it. */
export async function gatewayProcess(directory: string, organisation: string): Promise<GatewayProcess> {
  const port = await freePorts()
  const program = programAt('gateway/bin/rex-gateway.js')
  let child: ChildProcess | undefined
  await command('init', '--organisation', organisation, '--listen', `127.0.0.1:${port}`)

  async function command(verb: string, ...options: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [...FLAGS, program, verb, '--dir', directory, ...options])
    return stdout
  }

  return {
    token: async () => (JSON.parse(await command('token', '--json')) as { token: string }).token,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    start: async () => {
      const log = openSync(`${directory}.log`, 'a', 0o600)
      const started = spawn(process.execPath, [...FLAGS, program, 'start', '--dir', directory], {
        stdio: ['ignore', 'pipe', log],
      })
      closeSync(log)
      child = started
      await ready(started, directory)
    },
  }
}

/** Resolves with the gateway's first line of output, its ready message. */
function ready(child: ChildProcess, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => resolve())
    child.once('exit', (code, signal) =>
      reject(new Error(`The gateway in ${directory} ended with ${code ?? signal}; see ${directory}.log.`)),
    )
  })
}

/** Returns the first of three consecutive free ports (traffic, enrolment, health). */
async function freePorts(): Promise<number> {
  const first = nextPort
  nextPort += 3
  const free = await Promise.all([first, first + 1, first + 2].map(bindable))
  return free.every(Boolean) ? first : freePorts()
}

function bindable(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
