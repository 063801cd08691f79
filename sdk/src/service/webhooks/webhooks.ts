// The webhooks of a service. docs/guide/service.md, "Webhooks"
import type { DeskProblem } from '../../client/api/problems.ts'
import { RexError } from '../../core/error.ts'
import type { Webhook } from './config.ts'
import { Courier, type CourierOptions } from './courier.ts'
import { failing, stuckProblem } from './problem.ts'
import type { Posted, Queue } from './queue.ts'

/** The state of a webhook. */
export interface WebhookState {
  readonly name: string
  /** Protocol, host and port of the URL. The path is left out, because it may be a secret. */
  readonly origin: string
  /** Number of changes that wait to be posted. */
  readonly waiting: number
  /** Number of changes that were given up. */
  readonly dead: number
  /** Why posts fail. Absent: no post fails. */
  readonly failure?: string
}

/** A change that was given up. */
export interface DeadLetter {
  readonly kind: Posted['kind']
  readonly cursor: string
  readonly thread?: string
  /** The alert that the change raises, for a channel that gets alerts. */
  readonly alert?: NonNullable<Posted['alert']>
  readonly attempts: number
  /** Why the last attempt failed: an HTTP status, a system code or a code of a mail failure. */
  readonly failure: string
}

/** The webhooks of a service. */
export interface Webhooks extends AsyncDisposable {
  list(): WebhookState[]
  /** @throws RexError NOT_FOUND */
  dead(name: string): DeadLetter[]
  /** Problems of webhooks whose posts fail, or for which letters were given up. */
  problems(): DeskProblem[]
  /** Posts the dead letters of a webhook again, and returns their number. @throws RexError NOT_FOUND, STORE_FULL */
  resend(name: string): Promise<number>
}

interface Options extends Omit<CourierOptions, 'hook' | 'queue'> {
  readonly hooks: readonly Webhook[]
  /** The queue of letters. Absent: there are no webhooks. */
  readonly queue: Queue | undefined
}

/** Starts webhooks. */
export function startWebhooks({ hooks, queue, ...options }: Options): Webhooks {
  const working = new Map(
    hooks.flatMap((hook) =>
      queue === undefined ? [] : [[hook.name, { hook, courier: new Courier({ ...options, hook, queue }) }]],
    ),
  )
  const named = (name: string) => {
    const found = working.get(name)
    if (found !== undefined) return found
    throw noWebhook()
  }
  return {
    list: () =>
      [...working].map(([name, { hook, courier }]) => ({
        name,
        origin: new URL(hook.url).origin,
        waiting: courier.waiting,
        dead: queue?.dead(name) ?? 0,
        ...(courier.failure !== '' && { failure: courier.failure }),
      })),
    dead(name) {
      named(name)
      return deadLetters(queue, name)
    },
    problems: () =>
      [...working].flatMap(([name, { courier }]) => {
        if (courier.stuck !== '') return [stuckProblem(`The webhook ${name}`, courier.stuck)]
        const count = queue?.dead(name) ?? 0
        if (courier.failure === '' && count === 0) return []
        const why = courier.failure === '' ? '' : ` (${courier.failure})`
        const given =
          count === 0
            ? ''
            : ` The service has given up on ${count}: send them again with \`rex-desk webhooks resend ${name}\`.`
        const message = `Messages to the webhook ${name} fail${why}. Check the program that receives them.${given}`
        return [failing(count > 0 ? 'critical' : 'warning', message)]
      }),
    resend: async (name) => named(name).courier.revive(),
    async [Symbol.asyncDispose]() {
      await Promise.all([...working.values()].map(({ courier }) => courier.close()))
    },
  }
}

/** Returns the dead letters of a channel. */
export function deadLetters(queue: Pick<Queue, 'letters'> | undefined, channel: string): DeadLetter[] {
  const letters = queue?.letters(channel, true) ?? []
  return letters.map(({ change, thread, attempts, failure }) => ({
    kind: change.kind,
    cursor: change.cursor,
    ...(thread !== '' && { thread }),
    ...(change.alert !== undefined && { alert: change.alert }),
    attempts,
    failure,
  }))
}

/** Returns the error for a name that no webhook has. */
export const noWebhook = (): RexError =>
  new RexError('NOT_FOUND', 'There is no webhook with this name.', {
    hint: '`rex-desk webhooks` and GET /v1/webhooks list them.',
  })
