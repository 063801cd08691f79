// The channels of a service: webhooks and mail addresses, which share one queue. docs/adr/0060-alerts-share-the-queue-of-webhooks.md

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Desk, DeskLogEntry } from '../../client/api/desk.ts'
import type { DeskProblem } from '../../client/api/problems.ts'
import type { Clock } from '../../client/clock/clock.ts'
import { RexError } from '../../core/error.ts'
import { readWebhooks } from '../webhooks/config.ts'
import { openQueue, QUEUE_FILE, type Queue } from '../webhooks/queue.ts'
import { type DeadLetter, deadLetters, startWebhooks, type Webhooks } from '../webhooks/webhooks.ts'
import { type AlertsConfig, readAlerts } from './config.ts'
import { channelOf, MailCourier } from './courier.ts'
import type { MailFailureCode } from './failure.ts'
import { testMail } from './mail.ts'
import { type Deliver, openMail } from './smtp.ts'

/** The state of a recipient of mails. */
export interface RecipientState {
  readonly name: string
  /** Number of waiting alerts, including those for the next digest. */
  readonly waiting: number
  /** Number of alerts that were given up. */
  readonly dead: number
  /** Why the last mail failed. Absent: it did not fail. */
  readonly failure?: MailFailureCode
}

/** The result of a test mail. */
export interface TestedRecipient {
  readonly name: string
  /** Whether the mail server accepted the mail. */
  readonly accepted: boolean
  readonly failure?: MailFailureCode
  /** The answer of the mail server. Absent: there was none. */
  readonly answer?: string
}

/** The alerts by mail of a service. */
export interface Alerts {
  list(): RecipientState[]
  /** @throws RexError NOT_FOUND */
  dead(name: string): DeadLetter[]
  /** Mails the dead alerts of a recipient again, and returns their number. @throws RexError NOT_FOUND, STORE_FULL */
  resend(name: string): Promise<number>
  /** Sends a marked test mail to a recipient, or to all, at once. @throws RexError NOT_FOUND */
  test(name: string | undefined, signal: AbortSignal): Promise<TestedRecipient[]>
  /** Problems of recipients whose mail is failing, or for whom alerts were given up. */
  problems(): DeskProblem[]
}

/** The channels of a service. */
export interface Channels extends AsyncDisposable {
  readonly webhooks: Webhooks
  readonly alerts: Alerts
}

interface Options {
  readonly desk: Desk
  readonly directory: string
  readonly clock: Clock
  readonly log: (entry: DeskLogEntry) => void
}

/** Starts the webhooks and the alerts of a desk directory. @throws RexError CONFIG_INVALID, STORE_IN_USE, STORE_FULL, STORE_FAILED */
export async function startChannels({ directory, ...options }: Options): Promise<Channels> {
  const hooks = await readWebhooks(directory)
  const config = await readAlerts(directory)
  const deliver = config && (await openMail(config.smtp))
  const isUsed = hooks.length > 0 || config !== undefined
  const queue = isUsed ? openQueue(join(directory, QUEUE_FILE)) : undefined
  const names = [...hooks.map(({ name }) => name), ...(config?.recipients ?? []).map(channelOf)]
  const removed = queue?.keepOnly(names) ?? 0
  if (removed > 0)
    options.log({
      level: 'warn',
      message: 'Changes that waited for channels that are no longer configured were removed.',
      fields: { count: removed },
    })
  const webhooks = startWebhooks({ ...options, hooks, queue })
  const mail = config && deliver && queue && { config, deliver, queue }
  const couriers = mail === undefined ? [] : couriersOf({ ...options, ...mail })
  return {
    webhooks,
    alerts: alertsOf({ ...options, config, deliver, queue, couriers }),
    async [Symbol.asyncDispose]() {
      await Promise.all([webhooks[Symbol.asyncDispose](), ...couriers.map(([, courier]) => courier.close())])
      queue?.close()
    },
  }
}

type Couriers = readonly (readonly [name: string, courier: MailCourier])[]

function couriersOf({
  config: { recipients, smtp },
  ...options
}: Omit<Options, 'directory'> & {
  readonly config: AlertsConfig
  readonly deliver: Deliver
  readonly queue: Queue
}): Couriers {
  const domain = domainOf(smtp.from)
  const time = async () => (await options.desk.health()).timeMs
  return recipients.map((recipient) => [
    recipient.name,
    new MailCourier({ ...options, recipient, domain, time }),
  ])
}

const domainOf = (from: string): string => from.slice(from.lastIndexOf('@') + 1)

interface Working extends Pick<Options, 'clock'> {
  readonly desk: Pick<Desk, 'organisation'>
  readonly config: AlertsConfig | undefined
  readonly deliver: Deliver | undefined
  readonly queue: Queue | undefined
  readonly couriers: Couriers
}

function alertsOf({ desk, clock, config, deliver, queue, couriers }: Working): Alerts {
  const named = (name: string): MailCourier => {
    const [, courier] = couriers.find(([one]) => one === name) ?? []
    if (courier !== undefined) return courier
    throw noRecipient()
  }
  return {
    list: () =>
      couriers.map(([name, { waiting, failure }]) => ({
        name,
        waiting,
        dead: queue?.dead(channelOf({ name })) ?? 0,
        ...(failure !== undefined && { failure }),
      })),
    dead(name) {
      named(name)
      return deadLetters(queue, channelOf({ name }))
    },
    resend: async (name) => named(name).revive(),
    async test(name, signal) {
      if (config === undefined || deliver === undefined) throw noRecipient()
      return await testMails({ config, deliver, ...desk, now: clock.now, signal }, name)
    },
    problems: () => couriers.flatMap(([, courier]) => courier.problem() ?? []),
  }
}

interface Testing {
  readonly config: AlertsConfig
  readonly deliver: Deliver
  readonly organisation: string
  readonly now: () => number
  readonly signal: AbortSignal
}

/** Sends a marked test mail to a recipient, or to all, and reports what the mail server answered. @throws RexError NOT_FOUND */
export async function testMails(
  { config: { recipients, smtp }, deliver, organisation, now, signal }: Testing,
  name: string | undefined,
): Promise<TestedRecipient[]> {
  const chosen = name === undefined ? recipients : recipients.filter((one) => one.name === name)
  if (chosen.length === 0) throw noRecipient()
  const domain = domainOf(smtp.from)
  const tested: TestedRecipient[] = []
  for (const recipient of chosen) {
    const id = `rex.test.${randomBytes(16).toString('hex')}`
    const outcome = await deliver(testMail(id, now(), { recipient, organisation, domain }), signal)
    tested.push({ name: recipient.name, accepted: outcome.failure === undefined, ...outcome })
  }
  return tested
}

/** Returns the error for a name that no recipient has. */
export const noRecipient = (): RexError =>
  new RexError('NOT_FOUND', 'There is no recipient of alerts with this name.', {
    hint: '`alerts.json` in the desk directory names them; `rex-desk alerts` lists them.',
  })

/** Opens the mail of a desk directory for a test, without a service. @throws RexError NOT_FOUND, CONFIG_INVALID */
export async function testAlerts(
  directory: string,
  { name, signal }: { readonly name?: string; readonly signal: AbortSignal },
): Promise<TestedRecipient[]> {
  const config = await readAlerts(directory)
  if (config === undefined) throw noRecipient()
  const deliver = await openMail(config.smtp)
  // Use the sender's domain, because the organisation cannot be read without the passphrase.
  const organisation = domainOf(config.smtp.from)
  return await testMails({ config, deliver, now: Date.now, organisation, signal }, name)
}
