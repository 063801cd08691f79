// Entry point @rex/sdk/process: process settings that the commands apply, and settings under which they refuse to run. docs/guide/gateway.md,
// "Running"
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { RexError } from '../core/error.ts'
import { collectWith } from '../transport/limits/traffic.ts'
import { onIdle } from './idle.ts'

export { coreDumpWarning, keepOutOfCoreDumps } from './core-dumps.ts'
export { makeOwnDirectory } from './directory.ts'
export { readBounded } from './read-file.ts'
export { onStopSignals } from './stop.ts'

/** Growth of the heap, in percent of the live objects, that triggers a full collection. docs/adr/0014-heap-of-gateway-and-desk.md */
const HEAP_GROWING_PERCENT = 100
/** Size of two semi-spaces of 16 MiB, including page overhead. */
const YOUNG_BYTES = 40_000_000

/**
 * Node options that log TLS keys, messages, memory or the environment, open a debugger, or read further options from a file. Node reads `_`
 * as `-`.
 */
const SWITCH =
  /--(?:tls[-_]keylog|trace[-_]tls|inspect|heapsnapshot|heap[-_]prof|report[-_](?:on|uncaught)|abort[-_]on|experimental[-_](?:default[-_])?config[-_]file)[\w-]*/

/** Environment variables with the same effects as these options, and the values that have such an effect. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  NODE_OPTIONS: SWITCH,
  NODE_DEBUG: /./,
  NODE_DEBUG_NATIVE: /./,
  SSLKEYLOGFILE: /./,
  GRPC_NODE_DEBUG_SEND_ERROR_DETAILS: /^true$/,
  GRPC_TRACE: /./,
  GRPC_NODE_TRACE: /./,
  GRPC_VERBOSITY: /^(?:debug|info)$/i,
  GRPC_NODE_VERBOSITY: /^(?:debug|info)$/i,
}

/** The options and environment with which a process was started. */
export interface ProcessSettings {
  /** Node options, as in `process.execArgv`. */
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Refuses settings that log TLS keys, messages or memory (T-073, T-119, T-121). @throws RexError CONFIG_INVALID that states the setting */
export function refuseLeaks({ execArgv, env }: ProcessSettings): void {
  for (const argument of execArgv) {
    const [found] = SWITCH.exec(argument) ?? []
    if (found) throw leak(found, 'Leave it out')
  }
  for (const [name, pattern] of Object.entries(VARIABLES)) {
    const [found] = pattern.exec(env[name] ?? '') ?? []
    if (found) throw leak(name === 'NODE_OPTIONS' ? `${name} with ${found}` : name, `Unset ${name}`)
  }
}

function leak(setting: string, remedy: string): RexError {
  return new RexError('CONFIG_INVALID', `${setting} would write keys or messages to disk.`, {
    path: setting,
    hint: `${remedy} and start again.`,
  })
}

/** Stops SIGUSR1 from opening a debugger, which could read keys from memory (T-119). */
export function refuseDebugger(): void {
  process.on('SIGUSR1', () => {})
}

/**
 * If the reader of the output closes the pipe, calls `onGone`. The process keeps running, and its exit code depends only on its
 * own work (T-153). If output is lost for another reason, such as a full disk, reports the loss and sets exit code 1.
 */
export function outliveReaders(command: string, onGone: () => void = () => {}): void {
  let lost = false
  process.stderr.on('error', () => {})
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return onGone()
    if (lost) return
    lost = true
    process.stderr.write(`${command}: Standard output cannot be written (${code}).\n`)
    process.once('exit', () => {
      process.exitCode ||= 1
    })
  })
}

/**
 * Lets the heap grow before a full collection. Also triggers collection of off-heap buffers as data passes, because V8 would
 * let about 64 MB of unreachable buffers accumulate, and returns memory to the system when the process becomes idle. Use it
 * only in a process that runs little besides a gateway or a desk.
 */
export function letHeapGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
  // While V8 marks the heap step by step, which takes seconds, it collects no young objects and no buffers.
  setFlagsFromString('--no-incremental-marking')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  collectWith(() => collect({ type: 'minor' }))
  // V8 reduces the heap of an idle process only if it marks step by step. `last-resort` also returns the memory to the system.
  onIdle(() => collect({ type: 'major', flavor: 'last-resort' }))
  boundYoungGeneration()
  new PerformanceObserver(boundYoungGeneration).observe({ entryTypes: ['gc'] })
}

/**
 * Bounds the young generation, which V8 lets grow to 128 MB on a computer with much memory. While it runs, V8 accepts a new
 * growth factor, but no new limit for the size. So this function, called after each collection, sets the factor to 1 once
 * the generation is large enough.
 */
function boundYoungGeneration(): void {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  const mayGrow = young === undefined || young.space_size * 2 <= YOUNG_BYTES
  setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`)
}
