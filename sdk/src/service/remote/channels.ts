// Reads the webhooks and alerts of a desk directory from its service or, if none is running, from the files of the directory. docs/guide/alerts.md
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DeskProblem } from '../../client/api/problems.ts'
import { RexError } from '../../core/error.ts'
import { noRecipient, type RecipientState, type TestedRecipient, testAlerts } from '../alerts/alerts.ts'
import { readAlerts } from '../alerts/config.ts'
import { channelOf } from '../alerts/courier.ts'
import type { OperationName } from '../operations/index.ts'
import { readWebhooks } from '../webhooks/config.ts'
import { failing } from '../webhooks/problem.ts'
import { openQueue, QUEUE_FILE, type Queue } from '../webhooks/queue.ts'
import { type DeadLetter, deadLetters, noWebhook, type WebhookState } from '../webhooks/webhooks.ts'
import { serviceAt, using } from './service.ts'

/** Channels of one kind. */
export interface ChannelsOfKind<State> {
  list(): Promise<readonly State[]>
  /** @throws RexError NOT_FOUND */
  dead(name: string): Promise<readonly DeadLetter[]>
  /** Makes dead letters wait again, and returns their number. @throws RexError NOT_FOUND, STORE_FULL */
  resend(name: string): Promise<number>
}

/** The channels of a desk directory. */
export interface ChannelsAt {
  /** Whether a service is running. Nothing is sent without a running service. */
  readonly isServed: boolean
  readonly webhooks: ChannelsOfKind<WebhookState>
  readonly alerts: ChannelsOfKind<RecipientState> & {
    /** Sends a marked test mail to a recipient, or to all, also without a service. @throws RexError NOT_FOUND, CONFIG_INVALID */
    test(name: string | undefined, signal: AbortSignal): Promise<readonly TestedRecipient[]>
  }
}

/** Finds the channels of a desk directory. @throws RexError PERMISSION_DENIED, DEADLINE_EXCEEDED if the service hangs */
export async function channelsAt(directory: string): Promise<ChannelsAt> {
  return (await serviceAt(directory)) === undefined ? inDirectory(directory) : ofService(directory)
}

/** Returns the problem of a directory that has channels but no running service, so that nothing is sent. */
export async function problemsUnserved(directory: string): Promise<DeskProblem[]> {
  const { webhooks, alerts } = inDirectory(directory)
  const lists = Promise.all([webhooks.list(), alerts.list()])
  const states = await lists.then((all) => all.flat(), RexError.from)
  if (states instanceof RexError)
    return [
      failing(
        'critical',
        `The files of webhooks and alerts cannot be read, so nobody gets alerts or webhooks: ${states.message} ${states.hint}`,
      ),
    ]
  if (states.length === 0) return []
  const waiting = states.reduce((sum, { waiting, dead }) => sum + waiting + dead, 0)
  const message = `No service runs, so nobody gets alerts or webhooks: start \`rex-desk serve\`. Not delivered yet: ${waiting}.`
  return [failing(waiting > 0 ? 'critical' : 'warning', message)]
}

function ofService(directory: string): ChannelsAt {
  const call = <Answer>(
    operation: OperationName,
    how: { path?: Readonly<Record<string, string>>; input?: object } = {},
  ) => using(directory, (connection) => connection.call<Answer>(operation, how))
  const dead = async (operation: OperationName, path: Readonly<Record<string, string>>) =>
    (await call<{ letters: readonly DeadLetter[] }>(operation, { path })).letters
  const resend = async (operation: OperationName, path: Readonly<Record<string, string>>) =>
    (await call<{ count: number }>(operation, { path })).count
  return {
    isServed: true,
    webhooks: {
      list: async () => (await call<{ webhooks: readonly WebhookState[] }>('webhooks')).webhooks,
      dead: (webhook) => dead('deadLetters', { webhook }),
      resend: (webhook) => resend('resendDead', { webhook }),
    },
    alerts: {
      list: async () => (await call<{ recipients: readonly RecipientState[] }>('alerts')).recipients,
      dead: (recipient) => dead('deadAlerts', { recipient }),
      resend: (recipient) => resend('resendAlerts', { recipient }),
      async test(recipient) {
        const input = recipient === undefined ? {} : { recipient }
        return (await call<{ recipients: readonly TestedRecipient[] }>('testAlerts', { input })).recipients
      },
    },
  }
}

function inDirectory(directory: string): ChannelsAt {
  const hooks = () => readWebhooks(directory)
  const recipients = async () => (await readAlerts(directory))?.recipients ?? []
  const counts = (queue: Queue | undefined, channel: string) => ({
    waiting: queue?.letters(channel).length ?? 0,
    dead: queue?.dead(channel) ?? 0,
  })
  return {
    isServed: false,
    webhooks: {
      list: async () => {
        const all = await hooks()
        return await withQueue(directory, (queue) =>
          all.map(({ name, url }) => ({ name, origin: new URL(url).origin, ...counts(queue, name) })),
        )
      },
      ...stored(directory, async (name) => {
        if (!(await hooks()).some((hook) => hook.name === name)) throw noWebhook()
        return name
      }),
    },
    alerts: {
      list: async () => {
        const all = await recipients()
        return await withQueue(directory, (queue) =>
          all.map(({ name }) => ({ name, ...counts(queue, channelOf({ name })) })),
        )
      },
      ...stored(directory, async (name) => {
        if (!(await recipients()).some((one) => one.name === name)) throw noRecipient()
        return channelOf({ name })
      }),
      test: (name, signal) => testAlerts(directory, { signal, ...(name !== undefined && { name }) }),
    },
  }
}

/** Reads and revives dead letters in the queue's file, without a service. `channel`: returns the name of a channel in the queue. */
const stored = (directory: string, channel: (name: string) => Promise<string>) => ({
  async dead(name: string) {
    const key = await channel(name)
    return await withQueue(directory, (queue) => deadLetters(queue, key))
  },
  async resend(name: string) {
    const key = await channel(name)
    return await withQueue(directory, async (queue) => (await queue?.revive(key))?.length ?? 0)
  },
})

/**
 * Opens the queue for one piece of work. Returns undefined if nothing has been queued yet. @throws RexError
 * STORE_IN_USE
 */
async function withQueue<T>(
  directory: string,
  work: (queue: Queue | undefined) => T | Promise<T>,
): Promise<T> {
  const path = join(directory, QUEUE_FILE)
  if (!existsSync(directory))
    throw new RexError('NOT_FOUND', `There is no desk at ${directory}.`, { hint: 'Check --dir.' })
  if (!existsSync(path)) return await work(undefined)
  const queue = openQueue(path)
  try {
    return await work(queue)
  } finally {
    queue.close()
  }
}
