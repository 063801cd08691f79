// Performs the periodic work of a desk automatically. docs/guide/desk.md, "Maintenance"
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import type { ConnectOptions } from '../api/desk.ts'
import type { Changes } from '../changes/changes.ts'
import type { Cancel } from '../clock/clock.ts'
import type { DeskContext } from '../context.ts'
import { expireUnanswered } from '../deliveries/outcomes.ts'
import type { Retention } from '../erasure/retention.ts'
import type { LeaseHolder } from '../gateway/lease.ts'
import type { MailboxLink } from '../gateway/link.ts'
import type { Publisher } from '../gateway/publisher.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'
import type { Submitter } from '../submit/submitter.ts'
import type { Alarms } from './alarms.ts'
import { renewCertificate } from './certificate.ts'
import type { EpochKeys } from './epochs.ts'

const EVERY_MS = 60 * 60_000
const RETRY_MS = 60_000
const EXPIRY_FAILED = 'Expired messages and overdue steps could not be recorded.'
const DESTROYING_FAILED = 'Old encryption keys could not be destroyed.'

/** The dependencies of `Maintenance`. */
interface MaintenanceOptions {
  readonly keyring: Keyring
  readonly link: MailboxLink
  readonly publisher: Publisher
  readonly epochs: EpochKeys
  readonly alarms: Pick<Alarms, 'raise'>
  readonly submitter: Pick<Submitter, 'unpaired'>
  readonly retention: Pick<Retention, 'run'>
  readonly changes: Pick<Changes, 'removeOld'>
  readonly lease: Pick<LeaseHolder, 'fence'>
  readonly log: NonNullable<ConnectOptions['log']>
  /** Aborted when the desk closes. */
  readonly signal: AbortSignal
}

/** Maintains a desk when it is opened and then every hour, or sooner after a failure. */
export class Maintenance {
  readonly #desk: DeskContext
  readonly #options: MaintenanceOptions
  readonly #openedMs: number
  readonly #renewalTried = Promise.withResolvers<void>()
  readonly #publishingTried = Promise.withResolvers<void>()
  #failures = 0
  #cancel: Cancel = () => {}
  /** The latest step of maintenance. Steps run one after the other, because they change keys. */
  #work: Promise<unknown>

  constructor(desk: DeskContext, options: MaintenanceOptions) {
    this.#desk = desk
    this.#options = options
    this.#openedMs = desk.clock.steady()
    this.#work = this.#run()
  }

  /** Resolves after the first check of the certificate. If renewal was due, the desk has tried to renew it. */
  get renewalTried(): Promise<void> {
    return this.#renewalTried.promise
  }

  /** Resolves after the first check of the statement. If publication was due, the desk has tried to publish it. */
  get publishingTried(): Promise<void> {
    return this.#publishingTried.promise
  }

  /**
   * Publishes a statement if necessary, because the gateway may have restarted with other addresses. Also does the work that
   * waited until the mailbox was read to its end. Call this when the mailbox has been read to its end.
   */
  readonly drained = (): void => {
    this.#options.epochs.drained()
    void this.#inTurn(() => this.#publish())
    void this.#inTurn(() =>
      this.#attempt(() => this.#forgetRestore(), 'The new chain of an organisation could not be recorded.'),
    )
    void this.#inTurn(() => this.#attempt(() => this.#destroyOldKeys(), DESTROYING_FAILED))
    void this.#inTurn(() => this.#attempt(() => this.#conclude(), EXPIRY_FAILED))
  }

  /** Stops maintenance. Resolves when no keys are being written. */
  async close(): Promise<void> {
    this.#cancel()
    await this.#work
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#work.then(step)
    this.#work = turn.catch(() => {})
    return turn
  }

  async #run(): Promise<void> {
    const { link, epochs, keyring, lease, submitter, retention, changes, log, signal } = this.#options
    const { peers, clock, time, events } = this.#desk
    const renewal = { keyring, link, time, fence: lease.fence, log }
    const done = [
      await this.#attempt(() => renewCertificate(renewal), 'The certificate could not be renewed.').finally(
        this.#renewalTried.resolve,
      ),
      await this.#attempt(() => epochs.openComing(), 'Keys of coming epochs could not be made.'),
      await this.#publish().finally(this.#publishingTried.resolve),
      await this.#attempt(
        () => peers.complete((id) => (also) => submitter.unpaired(id, also)),
        'The beginning or end of a pairing could not be completed.',
      ),
      await this.#attempt(
        () => peers.refreshStale(signal),
        'The statement of an organisation is out of date.',
      ),
      await this.#attempt(() => this.#destroyOldKeys(), DESTROYING_FAILED),
      await this.#attempt(() => this.#expireIfRead(), EXPIRY_FAILED),
      await this.#attempt(() => retention.run(), 'The retention rules could not be applied.'),
      await this.#attempt(() => changes.removeOld(), 'Old changes could not be removed.'),
      await this.#attempt(() => this.#keepTime(), 'The confirmed time could not be stored.'),
    ]
    events.emit('problems')
    this.#failures = done.includes(false) ? this.#failures + 1 : 0
    const pauseMs = this.#failures === 0 ? EVERY_MS : Math.min(RETRY_MS * 2 ** (this.#failures - 1), EVERY_MS)
    if (!signal.aborted) this.#cancel = clock.after(pauseMs, () => this.#inTurn(() => this.#run()))
  }

  /**
   * Runs a step. Resolves with true if the step succeeded. A failure is logged and retried, and does not stop the other steps.
   * While the desk closes, a failure is not logged, because it is only a cancelled call.
   */
  async #attempt(step: () => Promise<void>, failure: string): Promise<boolean> {
    try {
      await step()
      return true
    } catch (error) {
      if (!this.#options.signal.aborted) this.#desk.warn(failure, RexError.from(error))
      return false
    }
  }

  #publish(): Promise<boolean> {
    const { publisher, lease } = this.#options
    return this.#attempt(() => publisher.publishIfDue(lease.fence()), 'The statement could not be published.')
  }

  /** Ends the special treatment of a restored chain: the counterparts were informed before maintenance began, and this desk now has the mailbox. */
  async #forgetRestore(): Promise<void> {
    const { keyring } = this.#options
    if (keyring.keys.resumes !== undefined) await keyring.change(({ resumes, ...rest }) => rest)
  }

  async #destroyOldKeys(): Promise<void> {
    await this.#options.epochs.destroyOld()
    this.#desk.events.emit('problems')
  }

  /** Expires unanswered messages (REX-RCP-014). If possible, waits until the mailbox has been read, because it may contain answers. */
  async #expireIfRead(): Promise<void> {
    const openMs = this.#desk.clock.steady() - this.#openedMs
    if (this.#options.epochs.isDrained || openMs >= LIMITS.skew) await this.#conclude()
  }

  /**
   * Stores the trusted time by an empty commit. A desk that nobody contacts makes no other commits; without the stored time, it would forget at a
   * restart how much time has passed (REX-ID-068).
   */
  async #keepTime(): Promise<void> {
    const { time, store } = this.#desk
    if (time.toKeep() !== undefined) await store.commit(() => {})
  }

  /** Expires messages before raising alarms, because expired messages are no longer late. */
  async #conclude(): Promise<void> {
    await expireUnanswered(this.#desk)
    await this.#options.alarms.raise()
  }
}
