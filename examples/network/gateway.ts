// A gateway in a process of its own, run by the command an operator uses.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const COMMAND = fileURLToPath(new URL('../../gateway/bin/rex-gateway.js', import.meta.url))
const FLAGS = ['--disable-warning=ExperimentalWarning']
const run = promisify(execFile)

/** A gateway process. */
export interface GatewayProcess {
  /** Makes an enrolment token for a desk. */
  token(): Promise<string>
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Makes a gateway in `directory`; `start` runs it. */
export async function gatewayProcess(directory: string, organisation: string): Promise<GatewayProcess> {
  const port = await freePorts()
  let child: ChildProcess | undefined
  await command('init', '--organisation', organisation, '--listen', `127.0.0.1:${port}`)

  async function command(verb: string, ...options: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [...FLAGS, COMMAND, verb, '--dir', directory, ...options])
    return stdout
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    child = undefined
  }

  return {
    token: async () => (JSON.parse(await command('token', '--json')) as { token: string }).token,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start: async () => {
      const log = openSync(`${directory}.log`, 'a', 0o600)
      const started = spawn(process.execPath, [...FLAGS, COMMAND, 'start', '--dir', directory], {
        stdio: ['ignore', 'pipe', log],
      })
      closeSync(log)
      child = started
      await ready(started, directory)
    },
  }
}

/** Resolves with the gateway's first line of output, which it writes when it takes traffic. */
function ready(child: ChildProcess, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`The gateway in ${directory} ended with ${code}.`)))
  })
}

/** The first of three neighbouring ports that are free now: traffic, enrolment, health. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = await bind(0)
    const { port } = first.address() as { port: number }
    const others = await Promise.allSettled([bind(port + 1), bind(port + 2)])
    const servers = [
      first,
      ...others.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    ]
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    if (servers.length === 3) return port
  }
}

async function bind(port: number): Promise<ReturnType<typeof createServer>> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
