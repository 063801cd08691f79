// The parent's view of a desk process: call its verbs, wait for its items, kill it, start it again.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Answer, Ask, ItemNotice } from './wire.ts'

const PROGRAM = new URL('./desk-process.ts', import.meta.url)

/** A request without its sequence number. */
type Request =
  | { readonly call: 'desk'; readonly verb: string; readonly args: readonly unknown[] }
  | {
      readonly call: 'thread'
      readonly thread: string
      readonly with?: string
      readonly verb: string
      readonly args: readonly unknown[]
    }

/** A desk in a process of its own. */
export interface DeskProcess {
  /** Calls a verb of the desk. */
  desk<T = void>(verb: string, ...args: readonly unknown[]): Promise<T>
  /** Calls a verb of a thread; `options.with` names the track. */
  thread<T = void>(id: string, verb: string, ...args: readonly unknown[]): Promise<T>
  /** Calls a verb of the track with one organisation. */
  track<T = void>(id: string, organisation: string, verb: string, ...args: readonly unknown[]): Promise<T>
  /** The first item, past or future, that fits. */
  item(fits: (item: ItemNotice) => boolean): Promise<ItemNotice>
  /** All items noted so far, in order, one for each delivery. */
  readonly items: readonly ItemNotice[]
  /** Items that came again after their acknowledgement was durable. */
  readonly duplicated: number
  /** Holds back acknowledgements, so that a kill strikes in mid-delivery. */
  hold(): void
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Prepares a desk process; `start` runs it. */
export function deskProcess(directory: string, passphraseFile: string): DeskProcess {
  const items: ItemNotice[] = []
  const acknowledged = new Set<string>()
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const watchers = new Set<(item: ItemNotice) => void>()
  const state = { sequence: 0, duplicated: 0, holding: false, child: undefined as ChildProcess | undefined }

  function send(ask: Ask): void {
    state.child?.send(ask)
  }

  function call<T>(request: Request): Promise<T> {
    const sequence = ++state.sequence
    return new Promise<T>((resolve, reject) => {
      waiting.set(sequence, { resolve: resolve as (value: unknown) => void, reject })
      send({ ...request, sequence })
    })
  }

  function note(item: ItemNotice): void {
    if (acknowledged.has(item.id)) state.duplicated++
    items.push(item)
    for (const watch of watchers) watch(item)
    if (state.holding) return
    send({ call: 'ack', id: item.id })
  }

  function hear(answer: Answer): void {
    if ('item' in answer) note(answer.item)
    if ('settled' in answer) acknowledged.add(answer.settled)
    if (!('answer' in answer)) return
    const { resolve, reject } = waiting.get(answer.answer) ?? {}
    waiting.delete(answer.answer)
    if (answer.error === undefined) resolve?.(answer.result)
    else reject?.(new Error(answer.error))
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = state.child
    if (child === undefined) return
    state.child = undefined
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  return {
    items,
    get duplicated() {
      return state.duplicated
    },
    desk: (verb, ...args) => call({ call: 'desk', verb, args }),
    thread: (thread, verb, ...args) => call({ call: 'thread', thread, verb, args }),
    track: (thread, organisation, verb, ...args) =>
      call({ call: 'thread', thread, with: organisation, verb, args }),
    item: (fits) => {
      const found = items.find(fits)
      if (found !== undefined) return Promise.resolve(found)
      return new Promise((resolve) => {
        const watch = (item: ItemNotice) => {
          if (!fits(item)) return
          watchers.delete(watch)
          resolve(item)
        }
        watchers.add(watch)
      })
    },
    hold: () => {
      state.holding = true
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start: async () => {
      state.holding = false
      const log = openSync(`${directory}.log`, 'a', 0o600)
      const child = fork(PROGRAM, [directory, passphraseFile], {
        execArgv: ['--conditions=@rex/source', '--disable-warning=ExperimentalWarning'],
        stdio: ['ignore', 'inherit', log, 'ipc'],
      })
      closeSync(log)
      state.child = child
      await new Promise<void>((resolve, reject) => {
        child.on('message', (answer: Answer) => ('ready' in answer ? resolve() : hear(answer)))
        child.once('exit', (code) =>
          reject(new Error(`The desk process in ${directory} ended with ${code}.`)),
        )
      })
    },
  }
}
