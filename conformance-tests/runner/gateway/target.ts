// Creates, starts and stops a gateway under test. docs/guide/conformance.md, "Test a gateway"
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { BadFile, readJson } from '../../suite/read.ts'

/** Names of the commands in a configuration. Only `token` is required. docs/guide/conformance.md describes each. */
export const HOOKS = [
  'make',
  'start',
  'token',
  'revoke',
  'save',
  'putback',
  'now',
  'status',
  'desks',
  'rotate',
  'reset',
  'damage',
  'flip',
  'move',
  'capacity',
  'backup',
  'restore',
  'seize',
  'fail',
] as const
export type Hook = (typeof HOOKS)[number]

/** Features that a configuration may name. In addition, each hook is a feature. */
const FEATURES = ['REX-1', 'REX-2', 'clock', 'timers']

const LAST_WORDS = 2000
const START_MS = 60_000
/** How long a hook may take, in milliseconds. */
const HOOK_MS = 60_000
/** Maximum number of characters that a hook may print. */
const MOST_PRINTED = 1024 * 1024
/** Number of consecutive ports that an instance needs, beginning with that of its listener. */
const PORTS = 3

/** Configuration of a gateway under test. */
export interface GatewayConfiguration {
  readonly name: string
  readonly features: readonly string[]
  /** Program and arguments of each hook; `{dir}`, `{port}` and `{credential}` in them are replaced. */
  readonly hooks: Readonly<Partial<Record<Hook, readonly string[]>>>
  /** Folder in which the hooks run. */
  readonly folder: string
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>
}

/** Thrown when the target exits or a hook fails, so that no case can continue. */
export class TargetFailed extends Error {
  override readonly name = 'TargetFailed'
  readonly kind: 'crashed' | 'hung' | 'flooded'

  constructor(detail: string, kind: TargetFailed['kind'] = 'crashed') {
    super(detail)
    this.kind = kind
  }
}

/** Reads a configuration of kind `gateway`. @throws BadFile */
export function readGateway(file: string): GatewayConfiguration {
  const said = readJson(file) as Partial<GatewayConfiguration> & Readonly<Record<string, unknown>>
  const must = (holds: boolean, member: string, what: string) => {
    if (!holds) throw new BadFile(`${file}: ${member} is not ${what}.`)
  }
  must(typeof said?.name === 'string', 'name', 'a text')
  must(isTexts(said.features), 'features', 'a list of texts')
  for (const one of said.features ?? [])
    must(FEATURES.includes(one), `features: ${one}`, `one of ${FEATURES.join(', ')}`)
  const hooks = Object.entries(said.hooks ?? {})
  for (const [hook, command] of hooks) {
    must(HOOKS.includes(hook as Hook), `hooks.${hook}`, `one of ${HOOKS.join(', ')}`)
    must(isTexts(command) && command.length > 0, `hooks.${hook}`, 'a list of texts')
  }
  must(said.hooks?.token !== undefined, 'hooks.token', 'a list of texts')
  const features = [...(said.features ?? []), ...hooks.map(([hook]) => hook)]
  return { ...(said as GatewayConfiguration), features, folder: dirname(resolve(file)) }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string')
}

/** The clock of a gateway compared with that of the computer, in milliseconds. */
export interface Clock {
  /** How far the gateway's time of day is ahead of the time of the suite and its peers. */
  readonly ahead: number
  /** Time by which the clocks of gateway, suite and peers were all advanced without waiting. */
  readonly passed: number
}

const COMPUTER: Clock = { ahead: 0, passed: 0 }

/** One gateway under test, with its own folder and ports. */
export class Instance {
  readonly #configuration: GatewayConfiguration
  readonly #room = mkdtempSync(join(tmpdir(), 'rex-gateway-under-test-'))
  /** Value of `{dir}`. The hook `make` creates it. */
  readonly #folder = join(this.#room, 'gateway')
  #child: ChildProcess | undefined
  #port = 0
  #words = ''
  #clock: Clock = COMPUTER

  constructor(configuration: GatewayConfiguration) {
    this.#configuration = configuration
  }

  /** Replaces the gateway with a new gateway, and returns what the hook printed. */
  async make(): Promise<string> {
    await this.stop()
    if (this.#clock !== COMPUTER) await this.setClock(COMPUTER)
    rmSync(this.#folder, { recursive: true, force: true })
    this.#port = await freePort()
    return this.run('make')
  }

  /** Starts the gateway. Resolves when the gateway first prints something. */
  async start(): Promise<void> {
    const { start } = this.#configuration.hooks
    if (start === undefined) return
    const child = this.#spawn(start)
    this.#child = child
    const ready = once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
    const ended = once(child, 'close').then(() => 'ended')
    const timer = AbortSignal.timeout(START_MS)
    const late = once(timer, 'abort').then(() => 'late')
    const first = await Promise.race([ready, ended, late])
    if (typeof first === 'string')
      throw first === 'late'
        ? new TargetFailed(`The gateway printed nothing within ${START_MS} ms. ${this.#words}`, 'hung')
        : new TargetFailed(`The gateway ended at its start. ${this.#words}`)
  }

  /** Stops the gateway with a signal, and waits until it has exited. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
    await ended
    clearTimeout(timer)
  }

  /** Waits until the running gateway has exited by itself, and returns its exit code. The next step may start it again. */
  async ended(): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    this.#child = undefined
    return child.exitCode
  }

  /** Describes how the gateway exited on its own. Undefined if it is running or was never started. */
  failure(): string | undefined {
    const child = this.#child
    if (child === undefined || (child.exitCode === null && child.signalCode === null)) return undefined
    return `The gateway ended with ${child.signalCode ?? `exit code ${child.exitCode}`}. ${this.#words}`
  }

  /** The gateway's clock. */
  get clock(): Clock {
    return this.#clock
  }

  /** Sets the gateway's clock, and waits until everything that fell due has been done. */
  async setClock(change: Partial<Clock>): Promise<void> {
    this.#clock = { ...this.#clock, ...change }
    const { ahead, passed } = this.#clock
    await this.run('now', { ahead: String(ahead), passed: String(passed) })
  }

  /** Runs a hook and returns its standard output. A hook that is not configured does nothing. @throws TargetFailed */
  async run(hook: Hook, replaced: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, printed } = await this.try(hook, replaced)
    if (code !== 0) throw new TargetFailed(`The hook ${hook} ended with exit code ${code}. ${this.#words}`)
    return printed
  }

  /** Runs a hook, and returns its exit code and standard output. */
  async try(
    hook: Hook,
    replaced: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number | null; printed: string }> {
    const command = this.#configuration.hooks[hook]
    if (command === undefined) return { code: 0, printed: '' }
    const child = this.#spawn(command, replaced, { detached: true })
    let printed = ''
    let failure: TargetFailed | undefined
    const fail = (kind: 'hung' | 'flooded', what: string) => {
      failure ??= new TargetFailed(`The hook ${hook} ${what}. ${this.#words}`, kind)
      // End all processes that the hook has started.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (printed.length <= MOST_PRINTED) printed += text
      else if (failure === undefined) fail('flooded', `printed more than ${MOST_PRINTED} characters`)
    })
    const timer = setTimeout(() => fail('hung', `did not end within ${HOOK_MS} ms`), HOOK_MS)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(timer)
    if (failure !== undefined) throw failure
    return { code, printed }
  }

  /** Kills the gateway and removes its folder. */
  async remove(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.#room, { recursive: true, force: true })
  }

  #spawn(
    command: readonly string[],
    replaced: Readonly<Record<string, string>> = {},
    { detached = false } = {},
  ): ChildProcess {
    const values: Readonly<Record<string, string>> = {
      dir: this.#folder,
      port: String(this.#port),
      pid: String(this.#child?.pid ?? ''),
      ...replaced,
    }
    const [program = '', ...args] = command.map((part) =>
      part.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
    )
    const { folder: cwd, env } = this.#configuration
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
    })
    child.on('error', (error) => {
      this.#words = error.message
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-LAST_WORDS)
    })
    return child
  }
}

/** Finds consecutive free ports for an instance, and returns the first. */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = await portOf(0)
    const others = Array.from({ length: PORTS - 1 }, (_, i) => portOf(first + 1 + i))
    if (first + PORTS < 65_536 && (await Promise.all(others)).every((port) => port > 0)) return first
  }
}

/** Tries to listen on a port. Returns the port, or 0 if it is taken. */
function portOf(wanted: number): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(0))
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
