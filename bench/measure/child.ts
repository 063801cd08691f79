// Child processes that answer calls from the harness. Each process has one role. docs/guide/benchmark.md
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { letHeapGrow } from '@rex/sdk/process'

/** The calls that a process answers. */
// biome-ignore lint/suspicious/noExplicitAny: arguments and answers are typed by the role.
export type Role = Readonly<Record<string, (argument: any) => unknown>>

/** A running process with the calls of its role. */
export interface Child<Calls extends Role> extends AsyncDisposable {
  readonly pid: number
  ask<Name extends keyof Calls & string>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
  ): Promise<Awaited<ReturnType<Calls[Name]>>>
}

interface Ask {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** Starts a program that calls `serve`. With `profileDir`, it writes a CPU profile there when it ends. */
export function startChild<Calls extends Role>(program: URL, profileDir?: string): Child<Calls> {
  const child = fork(program, {
    execArgv: ['--conditions=@rex/source', '--no-warnings', ...nodeFlags(profileDir)],
    serialization: 'advanced',
    env: SERVICE_ENV,
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let id = 0
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.error === undefined) asked?.resolve(answer.value)
    else asked?.reject(new Error(`${program.pathname}: ${answer.error}`))
  })
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${program.pathname} ended with ${code}.`))
  })
  return {
    pid: child.pid as number,
    ask(name, argument) {
      id += 1
      const asked = Promise.withResolvers<unknown>()
      waiting.set(id, asked)
      child.send({ id, name, argument } satisfies Ask)
      return asked.promise as Promise<never>
    },
    [Symbol.asyncDispose]: () => stop(child),
  }
}

/** Returns the Node flags of services (docs/guide/gateway.md, "Running"). With `profileDir`, the process writes a CPU profile there when it ends. */
export function nodeFlags(profileDir: string | undefined): string[] {
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
  return ['--single-threaded-gc', '--max-semi-space-size=16', ...profile]
}

/** Environment of services (docs/guide/gateway.md, "Running"). */
export const SERVICE_ENV = { ...process.env, MALLOC_ARENA_MAX: '1' }

/** Stops a process as its operator would. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

/** Answers calls from the parent. On SIGTERM, or when the parent ends, calls `close` and exits. Uses the heap settings of the commands. */
export function serve(role: Role, close: () => unknown = () => {}): void {
  letHeapGrow()
  const end = async () => {
    await close()
    process.exit(0)
  }
  process.once('SIGTERM', end)
  process.once('disconnect', end)
  process.on('message', async ({ id, name, argument }: Ask) => {
    try {
      process.send?.({ id, value: await role[name]?.(argument) } satisfies Answer)
    } catch (error) {
      process.send?.({ id, error: String((error as Error).stack) } satisfies Answer)
    }
  })
}

/** Resident memory of a process. */
interface Resident {
  /** Megabytes (10^6 bytes). */
  readonly nowMB: number
  /** Peak so far. Megabytes. */
  readonly peakMB: number
}

/** Reads the resident memory of a process. Linux only; elsewhere NaN. */
export async function residentMemory(pid: number): Promise<Resident> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const megabytes = (name: string) =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / 1e6
  return { nowMB: megabytes('VmRSS'), peakMB: megabytes('VmHWM') }
}

/** Reads the CPU time that all threads of a process have used so far, in milliseconds. Linux only, in steps of 10 ms; elsewhere NaN. */
async function cpuTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

/** Runs a load. Returns its result with the CPU time that the processes used per message. */
export async function withCpu<Done extends { readonly count: number }>(
  processes: readonly { readonly pid: number }[],
  load: () => Promise<Done>,
): Promise<Done & { readonly cpuMs: number }> {
  const total = async () => {
    const each = await Promise.all(processes.map(({ pid }) => cpuTime(pid)))
    return each.reduce((sum, ms) => sum + ms, 0)
  }
  const before = await total()
  const done = await load()
  return { ...done, cpuMs: ((await total()) - before) / done.count }
}

/** Restarts the peak measurement of a process. Linux only; has no effect elsewhere. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => {})
}
