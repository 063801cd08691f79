// Starts, kills and calls a gateway or a desk that runs in a separate process. docs/guide/testing.md, "Damage"
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AHEAD, type Answer, type Ask, type Place } from './wire.ts'

const SLOW_MS = 60_000
/** Maximum number of attempts to start a gateway. An attempt fails if another program took the gateway's port while the gateway was down. */
const ADDRESS_TRIES = 60
const ADDRESS_PAUSE_MS = 500

/** The reason why a program did not start. */
interface Refusal {
  readonly reason: string
  readonly message: string
}

/** The message that a program sends when it is ready. */
type Ready = Extract<Answer, { ready: unknown }>['ready']

/** A program that can be killed and restarted. */
export class Program {
  /** Path of the program's store. */
  readonly store: string
  readonly kind: Place
  /** How far ahead the program's clock will be from the next start. Milliseconds. */
  aheadMs = 0
  readonly #file: string
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #child: ChildProcess | undefined
  #calls = 0
  #said: Ready = {}

  /** Creates a program that is not yet running. `file` is the script that its process runs. */
  constructor(file: string, kind: Place, store: string) {
    this.#file = file
    this.kind = kind
    this.store = store
  }

  /**
   * Starts the program. Returns the refusal if it did not start. A restarted gateway keeps the addresses from its first
   * start.
   */
  async start(): Promise<Refusal | undefined> {
    for (let tries = 1; ; tries++) {
      const refusal = await this.#startOnce()
      if (refusal?.reason !== 'ADDRESS_IN_USE' || tries === ADDRESS_TRIES) return refusal
      await pause(ADDRESS_PAUSE_MS)
    }
  }

  /** Starts the program. Returns the message that it sends when it is ready. @throws Error if it did not start */
  async mustStart(): Promise<Ready> {
    const refusal = await this.start()
    if (refusal !== undefined) throw new Error(`${refusal.reason}: ${refusal.message}`)
    return this.#said
  }

  /** Stops the program with a signal, and resolves when it has stopped. Has no effect if it is not running. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = this.#child
    if (running === undefined) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }

  /** Returns whether the program exits by itself within `ms` milliseconds. */
  async endsWithin(ms: number): Promise<boolean> {
    const running = this.#child
    if (running === undefined) return true
    const stop = new AbortController()
    const ended = once(running, 'exit', { signal: stop.signal }).then(
      () => true,
      () => false,
    )
    const found = await Promise.race([ended, pause(ms, false, { signal: stop.signal })])
    stop.abort()
    return found
  }

  /** Calls a desk. @throws Error with the reason */
  async ask<T>(verb: Ask['verb'], arg = ''): Promise<T> {
    const asked = Promise.withResolvers<unknown>()
    this.#calls += 1
    this.#waiting.set(this.#calls, asked)
    if (this.#child === undefined) throw new Error('ENDED')
    this.#child.send({ call: this.#calls, verb, arg } satisfies Ask)
    const timer = setTimeout(() => asked.reject(new Error('SLOW')), SLOW_MS)
    try {
      return (await asked.promise) as T
    } finally {
      clearTimeout(timer)
    }
  }

  async #startOnce(): Promise<Refusal | undefined> {
    const child = this.#fork()
    const ended = once(child, 'exit').then(() => ({ refused: { reason: 'ENDED', message: 'It ended.' } }))
    const first = (await Promise.race([once(child, 'message').then(([answer]) => answer), ended])) as Answer
    if ('refused' in first) {
      await ended
      return first.refused
    }
    if ('ready' in first) this.#said = { ...this.#said, ...first.ready }
    return undefined
  }

  #fork(): ChildProcess {
    const directory = dirname(this.store)
    const { address, enrolAddress = '' } = this.#said
    const addresses = address === undefined ? [] : [address, enrolAddress]
    const log = openSync(join(directory, 'log'), 'a')
    const child = fork(this.#file, [this.kind, directory, ...addresses], {
      execArgv: [],
      env: { ...process.env, [AHEAD]: `${this.aheadMs}` },
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    this.#child = child
    child.on('message', (answer: Answer) => this.#heard(answer))
    child.once('exit', () => {
      for (const asked of this.#waiting.values()) asked.reject(new Error('ENDED'))
      this.#waiting.clear()
      if (this.#child === child) this.#child = undefined
    })
    return child
  }

  #heard(answer: Answer): void {
    if (!('call' in answer)) return
    const asked = this.#waiting.get(answer.call)
    this.#waiting.delete(answer.call)
    if (answer.error === undefined) asked?.resolve(answer.result)
    else asked?.reject(new Error(answer.error))
  }
}
