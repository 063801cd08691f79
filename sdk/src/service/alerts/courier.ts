// Takes changes for one recipient and mails the alerts that they raise, at once or as a digest. docs/guide/alerts.md
import type { DeskLogEntry } from '../../client/api/desk.ts'
import type { DeskProblem } from '../../client/api/problems.ts'
import type { Cancel, Clock } from '../../client/clock/clock.ts'
import { RexError } from '../../core/error.ts'
import { ALERTS } from '../webhooks/alert.ts'
import { Room, type SourceDesk, takeChanges, wanted } from '../webhooks/intake.ts'
import { failing, stuckProblem } from '../webhooks/problem.ts'
import type { NewLetter, Posted, Queue, QueuedLetter } from '../webhooks/queue.ts'
import { type Recipient, timing } from './config.ts'
import { nextDigest } from './digest.ts'
import { isPermanent, MAIL_FAILURES, type MailFailureCode } from './failure.ts'
import { type ComposeOptions, composeMail, mailId } from './mail.ts'
import { MAIL_PAUSES, planMail } from './plan.ts'
import type { Deliver } from './smtp.ts'

const HOUR = 3_600_000
const AGAIN_MS = 5000

const hasFailed = ({ failure }: QueuedLetter) => failure !== ''

/** Dependencies of a courier. */
export interface MailCourierOptions {
  readonly recipient: Recipient
  readonly desk: SourceDesk
  readonly queue: Queue
  readonly clock: Clock
  /** Returns the trusted time of the desk, so that a wrong clock does not shift any digest. Unix milliseconds. */
  readonly time: () => Promise<number>
  readonly deliver: Deliver
  readonly domain: string
  readonly log: (entry: DeskLogEntry) => void
}

/** Returns the name of a recipient in the queue, which no webhook can have. */
export const channelOf = ({ name }: Pick<Recipient, 'name'>): string => `mail:${name}`

/** Sends the mails to one recipient, one mail at a time, independently of all other recipients. */
export class MailCourier {
  readonly #options: MailCourierOptions
  readonly #compose: ComposeOptions
  readonly #channel: string
  readonly #closing = new AbortController()
  #letters: QueuedLetter[]
  #busy: Promise<void> | undefined
  #cancel: Cancel = () => {}
  readonly #room = new Room(() => this.#letters.length, this.#closing.signal)
  #failure: MailFailureCode | undefined
  #stuck = ''
  /** A trusted time, with the steady time at which it was read. */
  #known: { readonly timeMs: number; readonly steadyMs: number } | undefined
  readonly #taken: Promise<void>

  constructor(options: MailCourierOptions) {
    const { recipient, queue, desk, domain } = options
    this.#options = options
    this.#compose = { recipient, desk, domain, organisation: desk.organisation }
    this.#channel = channelOf(recipient)
    this.#letters = queue.letters(this.#channel)
    // A mail that failed before a restart counts as failing until its next attempt.
    this.#failure = this.#letters.find(hasFailed)?.failure as MailFailureCode | undefined
    this.#taken = this.#start()
  }

  /** Number of waiting alerts. */
  get waiting(): number {
    return this.#letters.length
  }

  /** Why the last mail failed. Undefined: it did not fail. */
  get failure(): MailFailureCode | undefined {
    return this.#failure
  }

  /** Mails all dead alerts again. */
  async revive(): Promise<number> {
    const revived = await this.#options.queue.revive(this.#channel)
    this.#letters = [...this.#letters, ...revived].sort((a, b) => a.sequence - b.sequence)
    this.#go()
    return revived.length
  }

  /** Returns the problem of this recipient: mails fail, or alerts were given up. Undefined: there is none. */
  problem(): DeskProblem | undefined {
    const { queue, recipient } = this.#options
    const dead = queue.dead(this.#channel)
    if (this.#stuck !== '') return stuckProblem(`Alerts to ${recipient.name} by mail`, this.#stuck)
    if (this.#failure === undefined && dead === 0) return undefined
    const why = this.#failure === undefined ? undefined : MAIL_FAILURES[this.#failure]
    const given =
      dead === 0
        ? ''
        : ` The service has given up on ${dead === 1 ? '1 alert' : `${dead} alerts`}: send ${dead === 1 ? 'it' : 'them'} again with \`rex-desk alerts resend ${recipient.name}\`.`
    const message =
      why === undefined
        ? `Alerts to ${recipient.name} by mail failed.${given}`
        : `Alerts to ${recipient.name} by mail fail: ${why.means}. ${why.remedy}${given}`
    return failing(dead > 0 ? 'critical' : 'warning', message)
  }

  /** Stops mailing. A mail that the server has not accepted yet is sent again after the next start, with the same id. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#cancel()
    await this.#taken
    await this.#busy
  }

  async #start(): Promise<void> {
    await this.#readTime()
    this.#go()
    await takeChanges({
      ...this.#options,
      channel: this.#channel,
      signal: this.#closing.signal,
      letterOf: (change) => this.#letterFor(change),
      room: this.#room.available,
      taken: (letters, erased) => {
        const kept = this.#letters.filter(({ thread }) => thread === '' || !erased.includes(thread))
        this.#letters = [...kept, ...letters]
        this.#go()
      },
      warn: (message, failure) => this.#warn(message, failure),
      stuck: (failure) => {
        this.#stuck = failure
      },
    })
  }

  async #letterFor(change: Posted): Promise<NewLetter | undefined> {
    const { recipient, desk } = this.#options
    const alert = await wanted(change, ALERTS, desk)
    const when = alert && timing(recipient, alert)
    if (alert === undefined || when === undefined) return undefined
    const alerted = { ...change, alert }
    const { digest, zone = 'UTC' } = recipient
    if (when === 'at-once' || digest === undefined) return { change: alerted, nextMs: 0 }
    return { change: alerted, nextMs: nextDigest({ at: digest.at, zone }, this.#now()) }
  }

  /** Sends the mails that are due, one at a time, and sets a timer for the rest. */
  #go(): void {
    this.#cancel()
    if (this.#closing.signal.aborted || this.#busy !== undefined) return
    const { queue, clock } = this.#options
    const nowMs = this.#now()
    const plan = planMail({ letters: this.#letters, nowMs, mailed: queue.mailed(this.#channel) })
    if (plan.send !== undefined) this.#begun(plan.send)
    else if (plan.nextMs !== undefined) {
      // The trusted time may have changed when the timer ends.
      const wait = Math.min(Math.max(plan.nextMs - nowMs, 0), HOUR)
      this.#cancel = clock.after(wait, () => this.#readTime().then(() => this.#go()))
    }
  }

  #begun(letters: readonly QueuedLetter[]): void {
    const done = () => {
      this.#busy = undefined
      this.#room.changed()
    }
    this.#busy = this.#mail(letters).then(
      () => {
        done()
        this.#go()
      },
      (error: unknown) => {
        done()
        this.#warn('The queue of alerts could not be written.', RexError.from(error).reason)
        if (!this.#closing.signal.aborted)
          this.#cancel = this.#options.clock.after(AGAIN_MS, () => this.#go())
      },
    )
  }

  async #mail(planned: readonly QueuedLetter[]): Promise<void> {
    const { queue, desk, recipient, deliver } = this.#options
    const { signal } = this.#closing
    const [first] = planned
    if (first === undefined) return
    const id = first.mail === '' ? mailId(desk.organisation, recipient.name, first.change) : first.mail
    const letters = planned.map((letter) => ({ ...letter, mail: id }))
    if (first.mail === '') {
      await queue.address(this.#channel, letters, this.#now())
      this.#replace(letters, letters)
    }
    const mail = await composeMail(
      letters.map(({ change }) => change),
      { id, atMs: this.#now() },
      this.#compose,
    )
    const { failure } = await deliver(mail, signal)
    if (failure !== undefined && signal.aborted) return
    this.#failure = failure
    if (failure === undefined) {
      this.#replace(letters, [])
      await queue.remove(letters)
    } else await this.#failed(letters, failure)
  }

  async #failed(letters: readonly QueuedLetter[], failure: MailFailureCode): Promise<void> {
    const { queue, recipient, log } = this.#options
    const attempts = (letters[0]?.attempts ?? 0) + 1
    const pause = isPermanent(failure) ? undefined : MAIL_PAUSES[attempts - 1]
    const tried = letters.map((letter) => ({ ...letter, attempts, failure }))
    if (pause === undefined) {
      this.#replace(letters, [])
      log({
        level: 'error',
        message: 'Alerts by mail were given up. Send them again once mail works.',
        fields: { recipient: recipient.name, failure, alerts: letters.length },
      })
      await queue.bury(this.#channel, tried)
      return
    }
    const later = tried.map((letter) => ({ ...letter, nextMs: this.#now() + pause }))
    this.#replace(letters, later)
    if (attempts === 1) this.#warn('A mail with alerts failed; it is sent again.', failure)
    await queue.postpone(later)
  }

  /** Replaces letters in the queue. Does not store letters again that were erased while a mail with them was being sent. */
  #replace(old: readonly QueuedLetter[], by: readonly QueuedLetter[]): void {
    const gone = new Set(old.map(({ sequence }) => sequence))
    const there = new Set(this.#letters.map(({ sequence }) => sequence))
    const kept = this.#letters.filter(({ sequence }) => !gone.has(sequence))
    const back = by.filter(({ sequence }) => there.has(sequence))
    this.#letters = [...kept, ...back].sort((a, b) => a.sequence - b.sequence)
  }

  #now(): number {
    const { clock } = this.#options
    if (this.#known === undefined) return clock.now()
    return Math.floor(this.#known.timeMs + clock.steady() - this.#known.steadyMs)
  }

  async #readTime(): Promise<void> {
    const { time, clock } = this.#options
    try {
      this.#known = { timeMs: await time(), steadyMs: clock.steady() }
    } catch (error) {
      this.#warn('The time of the desk could not be read.', RexError.from(error).reason)
    }
  }

  #warn(message: string, failure: string): void {
    this.#options.log({
      level: 'warn',
      message,
      fields: { recipient: this.#options.recipient.name, failure },
    })
  }
}
