// The webhooks of a service. docs/guide/service.md, "Webhooks"
import { join } from 'node:path'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import type { Clock } from '../../client/clock/clock.ts'
import { RexError } from '../../core/error.ts'
import { readWebhooks } from './config.ts'
import { Courier } from './courier.ts'
import { openQueue, type Posted, QUEUE_FILE, type Queue } from './queue.ts'

/** The state of a webhook. */
export interface WebhookState {
  readonly name: string
  /** Protocol, host and port of the URL. The path is left out, because it may be a secret. */
  readonly origin: string
  /** Number of changes that wait to be posted. */
  readonly waiting: number
  /** Number of changes that were given up. */
  readonly dead: number
}

/** A change that was given up. */
export interface DeadLetter {
  readonly kind: Posted['kind']
  readonly cursor: string
  readonly thread?: string
  readonly attempts: number
  /** Why the last attempt failed: an HTTP status or a system code. */
  readonly failure: string
}

/** The webhooks of a service. */
export interface Webhooks extends AsyncDisposable {
  list(): WebhookState[]
  /** @throws RexError NOT_FOUND */
  dead(name: string): DeadLetter[]
  /** Posts the dead letters of a webhook again, and returns their number. @throws RexError NOT_FOUND, STORE_FULL */
  resend(name: string): Promise<number>
}

interface Options {
  readonly desk: Desk
  readonly directory: string
  readonly clock: Clock
  readonly log: (entry: DeskLogEntry) => void
}

/** Starts the webhooks of a desk directory. @throws RexError CONFIG_INVALID, STORE_IN_USE, STORE_FULL, STORE_FAILED */
export async function startWebhooks({ directory, ...options }: Options): Promise<Webhooks> {
  const hooks = await readWebhooks(directory)
  if (hooks.length === 0) return of(undefined, new Map())
  const queue = openQueue(join(directory, QUEUE_FILE))
  queue.keepOnly(hooks.map(({ name }) => name))
  const couriers = hooks.map(
    (hook) => [hook.name, { hook, courier: new Courier({ ...options, hook, queue }) }] as const,
  )
  return of(queue, new Map(couriers))
}

type Working = ReadonlyMap<string, { readonly hook: { readonly url: string }; readonly courier: Courier }>

function of(queue: Queue | undefined, working: Working): Webhooks {
  const named = (name: string) => {
    const found = working.get(name)
    if (found !== undefined) return found
    throw new RexError('NOT_FOUND', 'There is no webhook with this name.', {
      hint: 'GET /v1/webhooks lists them.',
    })
  }
  return {
    list: () =>
      [...working].map(([name, { hook, courier }]) => ({
        name,
        origin: new URL(hook.url).origin,
        waiting: courier.waiting,
        dead: queue?.dead(name) ?? 0,
      })),
    dead(name) {
      named(name)
      return (queue?.letters(name, true) ?? []).map(({ change, thread, attempts, failure }) => ({
        kind: change.kind,
        cursor: change.cursor,
        ...(thread !== '' && { thread }),
        attempts,
        failure,
      }))
    },
    resend: async (name) => named(name).courier.revive(),
    async [Symbol.asyncDispose]() {
      await Promise.all([...working.values()].map(({ courier }) => courier.close()))
      queue?.close()
    },
  }
}
