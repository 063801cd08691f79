// A desk in a separate process. Stories use it as if it were local, and can also start and kill it.
import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Desk, Thread } from '@rex/sdk'
import { end } from './end.ts'
import { type Inbox, openInbox } from './inbox.ts'
import type { Answer, Ask, Call, ThreadData } from './wire.ts'

const PROGRAM = new URL('./desk-process.ts', import.meta.url)

/** The verbs of the SDK's desk, which the desk process performs. */
export type RemoteDesk = Pick<Desk, 'send' | 'sendGroup' | 'thread' | 'threads' | 'invite' | 'pair'>

/** A desk in a separate process. */
export interface DeskProcess {
  readonly desk: RemoteDesk
  readonly inbox: Inbox
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Prepares a desk process; `start` runs it. */
export function deskProcess(directory: string, passphraseFile: string): DeskProcess {
  const calls = new Map<number, PromiseWithResolvers<unknown>>()
  const inbox = openInbox({ ack: (id) => send({ ack: id }), thread: (data) => threadOf(data) })
  let count = 0
  let child: ChildProcess | undefined

  function send(ask: Ask): void {
    child?.send(ask)
  }

  function call(what: Call): Promise<unknown> {
    if (child === undefined) return Promise.reject(new Error(`The desk in ${directory} is not running.`))
    const answer = Promise.withResolvers<unknown>()
    calls.set(++count, answer)
    send({ call: count, what })
    return answer.promise
  }

  function threadOf(data: ThreadData, track?: string): Thread {
    const thread = { id: data.id, ...(track !== undefined && { with: track }) }
    const own = { ...data, with: (organisation: string) => threadOf(data, organisation) }
    return remote<Thread>(own, (verb, args) => call({ thread, verb, args }))
  }

  function hear(answer: Answer): void {
    if ('item' in answer) inbox.note(answer.item)
    if ('acknowledged' in answer) inbox.settled(answer.acknowledged)
    if (!('call' in answer)) return
    const asked = calls.get(answer.call)
    calls.delete(answer.call)
    if ('error' in answer) asked?.reject(new Error(answer.error))
    else if ('threads' in answer) asked?.resolve(answer.threads.map((data) => threadOf(data)))
    else asked?.resolve('thread' in answer ? threadOf(answer.thread) : answer.result)
  }

  function gone(error: Error): void {
    child = undefined
    for (const { reject } of calls.values()) reject(error)
    calls.clear()
  }

  async function start(): Promise<void> {
    const log = openSync(`${directory}.log`, 'a', 0o600)
    const started = fork(PROGRAM, [directory, passphraseFile], {
      execArgv: ['--conditions=@rex/source', '--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', log, 'ipc'],
    })
    closeSync(log)
    child = started
    await new Promise<void>((resolve, reject) => {
      started.on('message', (answer: Answer) => ('ready' in answer ? resolve() : hear(answer)))
      started.once('exit', (code, signal) => {
        const error = new Error(
          `The desk in ${directory} ended with ${code ?? signal}; see ${directory}.log.`,
        )
        gone(error)
        reject(error)
      })
    })
  }

  return {
    desk: remote<RemoteDesk>({}, (verb, args) => call({ verb, args })),
    inbox,
    start,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  }
}

/** Returns a proxy of `own`. Every member that `own` lacks is a verb, which the desk process performs. */
function remote<T>(own: object, carryOut: (verb: string, args: readonly unknown[]) => Promise<unknown>): T {
  return new Proxy(own, {
    get: (target, name) => {
      const known = name in target || typeof name === 'symbol'
      // Exclude `then`, because `await` would treat an object with this member as a promise.
      if (known || name === 'then') return Reflect.get(target, name)
      return (...args: readonly unknown[]) => carryOut(name, args)
    },
  }) as T
}
