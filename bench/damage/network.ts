// Two organisations with gateways and desks as separate processes. docs/guide/testing.md, "Damage"
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { initDesk } from '@rex/sdk'
import { initGateway } from '../../gateway/src/gateway.ts'
import { type Answer, type Ask, PASSPHRASE, type Place } from './wire.ts'

const SLOW_MS = 60_000
/** Another program may have got the port of a gateway that is down. */
const ADDRESS_TRIES = 60
const ADDRESS_PAUSE_MS = 500

/** A program that can be killed and restarted. */
export interface Program {
  readonly store: string
  /** Starts it. Returns the refusal if it did not start. */
  start(): Promise<Refusal | undefined>
  /** Ends it; resolves when it has ended. Has no effect if it is not running. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Whether it ends by itself within `ms` milliseconds. */
  endsWithin(ms: number): Promise<boolean>
  /** Calls a desk. @throws Error with the reason */
  ask<T>(verb: Ask['verb'], arg?: string): Promise<T>
}

/** Why a program did not start. */
interface Refusal {
  readonly reason: string
  readonly message: string
}

export interface Party {
  readonly id: string
  readonly gateway: Program
  readonly desk: Program
}

/** Two paired organisations. */
export interface Network extends AsyncDisposable {
  readonly sender: Party
  readonly recipient: Party
}

/** Creates the network below a directory. Its processes run `file`. */
export async function openNetwork(root: string, file: string): Promise<Network> {
  const sender = await makeParty('hotline', root, file)
  const recipient = await makeParty('ngo', root, file)
  for (const [one, other] of [
    [sender, recipient],
    [recipient, sender],
  ] as const)
    await other.desk.ask('pair', await one.desk.ask('invite'))
  return {
    sender,
    recipient,
    async [Symbol.asyncDispose]() {
      for (const { desk, gateway } of [sender, recipient]) {
        await desk.end('SIGKILL')
        await gateway.end('SIGKILL')
      }
    },
  }
}

async function makeParty(name: string, root: string, file: string): Promise<Party> {
  const id = `https://${name}.example`
  const [at, deskAt] = [join(root, name, 'gateway'), join(root, name, 'desk')]
  await initGateway({ directory: at, organisation: id, listen: '127.0.0.1:0' })
  const gateway = program(file, 'gateway', join(at, 'store.sqlite'))
  const { token = '' } = await started(gateway)
  await initDesk({ directory: deskAt, token, name: `${name} (test)`, passphrase: PASSPHRASE })
  const desk = program(file, 'desk', join(deskAt, 'desk.db'))
  await started(desk)
  return { id, gateway, desk }
}

type Made = Program & { readonly said: () => Extract<Answer, { ready: unknown }>['ready'] }

async function started(made: Made) {
  const refusal = await made.start()
  if (refusal !== undefined) throw new Error(`${refusal.reason}: ${refusal.message}`)
  return made.said()
}

/** A restarted gateway keeps the addresses from its first start. */
function program(file: string, kind: Place, store: string): Made {
  const directory = dirname(store)
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let child: ChildProcess | undefined
  let calls = 0
  let said: ReturnType<Made['said']> = {}

  function heard(answer: Answer): void {
    if (!('call' in answer)) return
    const asked = waiting.get(answer.call)
    waiting.delete(answer.call)
    if (answer.error === undefined) asked?.resolve(answer.result)
    else asked?.reject(new Error(answer.error))
  }

  async function startOnce(): Promise<Refusal | undefined> {
    const addresses = said.address === undefined ? [] : [said.address, said.enrolAddress ?? '']
    const log = openSync(join(directory, 'log'), 'a')
    const next = fork(file, [kind, directory, ...addresses], {
      execArgv: [],
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    child = next
    next.on('message', heard)
    next.once('exit', () => {
      for (const asked of waiting.values()) asked.reject(new Error('ENDED'))
      waiting.clear()
      if (child === next) child = undefined
    })
    const ended = once(next, 'exit').then(() => ({ refused: { reason: 'ENDED', message: 'It ended.' } }))
    const first = (await Promise.race([once(next, 'message').then(([answer]) => answer), ended])) as Answer
    if ('refused' in first) {
      await ended
      return first.refused
    }
    if ('ready' in first) said = { ...said, ...first.ready }
    return undefined
  }

  return {
    store,
    said: () => said,
    async start() {
      for (let tries = 1; ; tries++) {
        const refusal = await startOnce()
        if (refusal?.reason !== 'ADDRESS_IN_USE' || tries === ADDRESS_TRIES) return refusal
        await pause(ADDRESS_PAUSE_MS)
      }
    },
    async end(signal) {
      const running = child
      if (running === undefined) return
      const ended = once(running, 'exit')
      running.kill(signal)
      await ended
    },
    async endsWithin(ms) {
      const running = child
      if (running === undefined) return true
      const stop = new AbortController()
      const ended = once(running, 'exit', { signal: stop.signal }).then(
        () => true,
        () => false,
      )
      const [found] = [await Promise.race([ended, pause(ms, false, { signal: stop.signal })])]
      stop.abort()
      return found
    },
    async ask<T>(verb: Ask['verb'], arg = '') {
      const asked = Promise.withResolvers<unknown>()
      calls += 1
      waiting.set(calls, asked)
      if (child === undefined) throw new Error('ENDED')
      child.send({ call: calls, verb, arg } satisfies Ask)
      const timer = setTimeout(() => asked.reject(new Error('SLOW')), SLOW_MS)
      try {
        return (await asked.promise) as T
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
