// A clock that the suite sets, for the gateway of a target. Node loads it before the program (`--import`), because the program has no
// option for this. The setting is saved next to the gateway's folder; a socket there notifies the running gateway that the setting has
// changed.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

/** The gateway's clock compared with that of the computer, in milliseconds. */
interface Setting {
  /** How far the time of day is ahead, in addition to `passed`. */
  readonly ahead: number
  /** Running time that the gateway has skipped. It never decreases while the gateway runs. */
  readonly passed: number
}

interface Waiting {
  dueMs: number
  readonly ms: number
  readonly repeats: boolean
  readonly run: () => void
}

/** Maximum number of times that a repeating timer runs when it catches up. */
const MOST_RUNS = 16

const fileOf = (dir: string) => `${dir}.clock`
const socketOf = (dir: string) => `${dir}.sock`

/** Sets the clock of the gateway in a folder. Resolves when the timers that fell due have run, or at once if the gateway is stopped. */
export async function setClock(dir: string, setting: Setting): Promise<void> {
  writeFileSync(fileOf(dir), JSON.stringify(setting))
  if (!existsSync(socketOf(dir))) return
  const socket = connect(socketOf(dir))
  socket.on('error', () => {})
  socket.resume()
  // If the gateway was killed, its socket refuses the connection, and there is nothing to wait for.
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}

/** Replaces the clock and the timers of this process with those that the suite sets for the gateway in a folder. */
export function replaceClock(dir: string): void {
  const real = { now: Date.now, steady: performance.now.bind(performance), setTimeout, setInterval }
  const waiting = new Map<NodeJS.Timeout, Waiting>()
  let { ahead, passed } = read(dir)
  const steady = () => real.steady() + passed
  Date.now = () => real.now() + ahead + passed
  performance.now = steady

  function start(kind: 'setTimeout' | 'setInterval', run: () => void, ms = 1): NodeJS.Timeout {
    const repeats = kind === 'setInterval'
    const ended = () => {
      if (repeats) entry.dueMs = steady() + ms
      else waiting.delete(timer)
      run()
    }
    const timer = real[kind](ended, ms)
    const entry: Waiting = { dueMs: steady() + ms, ms, repeats, run }
    const refresh = timer.refresh.bind(timer)
    timer.refresh = () => {
      entry.dueMs = steady() + ms
      waiting.set(timer, entry)
      return refresh()
    }
    waiting.set(timer, entry)
    return timer
  }
  const withArguments =
    (kind: 'setTimeout' | 'setInterval') =>
    (run: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
      start(kind, () => run(...given), ms)
  Object.assign(globalThis, {
    setTimeout: Object.assign(withArguments('setTimeout'), real.setTimeout),
    setInterval: withArguments('setInterval'),
  })
  const cleared = globalThis.clearTimeout
  globalThis.clearTimeout = (timer) => {
    waiting.delete(timer as NodeJS.Timeout)
    cleared(timer)
  }
  globalThis.clearInterval = globalThis.clearTimeout

  /** Runs each timer that is due once, as after a computer has slept. A repeating timer catches up with a few runs. */
  async function runDue(): Promise<void> {
    const due = [...waiting].filter(([, { dueMs }]) => dueMs <= steady())
    for (const [timer, entry] of due.sort(([, a], [, b]) => a.dueMs - b.dueMs)) {
      if (!waiting.has(timer)) continue
      const missed = Math.floor((steady() - entry.dueMs) / entry.ms) + 1
      if (entry.repeats) timer.refresh()
      else globalThis.clearTimeout(timer)
      for (let runs = entry.repeats ? Math.min(missed, MOST_RUNS) : 1; runs > 0; runs--) {
        entry.run()
        await turn()
      }
    }
  }
  rmSync(socketOf(dir), { force: true })
  const server = createServer(async (socket) => {
    socket.on('error', () => {})
    ;({ ahead, passed } = read(dir))
    await runDue()
    socket.end()
  })
  server.listen(socketOf(dir)).unref()
}

function read(dir: string): Setting {
  return existsSync(fileOf(dir))
    ? (JSON.parse(readFileSync(fileOf(dir), 'utf8')) as Setting)
    : { ahead: 0, passed: 0 }
}

const at = process.argv.indexOf('--dir')
if (process.argv.includes('start')) replaceClock(process.argv[at + 1] ?? '')
