// Starts the commands as real processes, or runs them inside this process. docs/guide/rex-desk.md
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ReadStream, WriteStream } from 'node:tty'
import { initGateway } from '@rex/gateway'
import { run } from '../../cli/run.ts'
import { asInSchema } from '../../cli/schema/fixture.ts'
import { programAt } from './programs/path.ts'

const DESK = programAt('sdk/bin/rex-desk.js')
const GATEWAY = programAt('gateway/bin/rex-gateway.js')

/** Result of an ended process. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running process. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
}

/** Input of a process. */
interface Given {
  /** Contents of standard input, which is a pipe rather than a terminal. Default: empty. */
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

/** Starts `rex-desk`. */
export function startDesk(parameters: readonly string[], given: Given = {}): Running {
  const { child, ended } = start(DESK, parameters, given)
  return { child, ended: ended.then((how) => asInSchema(parameters, how)) }
}

/** Runs `rex-desk` and waits for its end. */
export const rexDesk = (parameters: readonly string[], given: Given = {}) =>
  startDesk(parameters, given).ended

/** Runs `rex-desk` to its end inside this process, which saves a second of start-up time. Does not capture the output of its child processes. */
export async function runDesk(
  parameters: readonly string[],
  { input = '', env = {} }: Pick<Given, 'input' | 'env'> = {},
): Promise<Ended> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end(input)
  const shell = {
    stdin: stdin as unknown as ReadStream,
    stdout: stdout as unknown as WriteStream,
    stderr: stderr as unknown as WriteStream,
    environment: { ...process.env, LC_ALL: 'C', ...env },
    now: Date.now,
    signal: new AbortController().signal,
    unread: new AbortController().signal,
  }
  const [code, ...written] = await Promise.all([
    run(parameters, shell).finally(() => {
      stdout.end()
      stderr.end()
    }),
    text(stdout),
    text(stderr),
  ])
  return asInSchema(parameters, { code, stdout: written[0], stderr: written[1] })
}

/** Creates a gateway and starts it as a process. Resolves with an enrolment token when the gateway listens. */
export async function startGateway(
  directory: string,
  organisation: string,
): Promise<Running & { token: string }> {
  const listen = `127.0.0.1:${await freePorts()}`
  const { token } = await initGateway({ directory, organisation, listen })
  const running = start(GATEWAY, ['start', '--json', '--dir', directory], {})
  const early = running.ended.then(({ code, stderr }) => {
    throw new Error(`The gateway ended with ${code} before it listened: ${stderr}`)
  })
  await Promise.race([firstLine(running.child), early])
  early.catch(() => {})
  return { ...running, token: token?.token as string }
}

/** Returns another enrolment token of a running gateway. */
export async function enrolmentToken(directory: string): Promise<string> {
  return (await start(GATEWAY, ['token', '--dir', directory], {}).ended).stdout.trim()
}

/** Resolves with the first line of the output. */
export function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve) => createInterface(child.stdout).once('line', resolve))
}

function start(
  program: string,
  parameters: readonly string[],
  { input = '', env = {}, cwd }: Given,
): Running {
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { ...process.env, LC_ALL: 'C', ...env },
    ...(cwd !== undefined && { cwd }),
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  child.stdin.on('error', () => {}) // A process need not read its input.
  child.stdin.end(input)
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output }))) }
}

/** Returns the first of three adjacent free ports (traffic, enrolment, health) outside the range for outgoing connections. */
async function freePorts(): Promise<number> {
  const first = randomInt(10_000, 32_000)
  const bound = await Promise.all([bindable(first), bindable(first + 1), bindable(first + 2)])
  return bound.every(Boolean) ? first : freePorts()
}

function bindable(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
