// Opens new epochs, and destroys the keys of old epochs. docs/spec/identity.md, REX-ID-034

import { epochAt, epochDecapsulator, oldestEpoch } from '../../core/identity/epoch.ts'
import type { Decapsulator } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import type { ConnectOptions } from '../api/desk.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeskTime } from '../clock/time.ts'
import type { Peers } from '../gateway/peers.ts'
import { destroyBefore, mayHaveBeen } from '../keys/destroyed.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'

/** The dependencies of `EpochKeys`. */
interface EpochKeysOptions {
  readonly keyring: Keyring
  readonly peers: Pick<Peers, 'askTime'>
  readonly clock: Clock
  readonly time: DeskTime
  readonly log: NonNullable<ConnectOptions['log']>
  /** Aborted when the desk closes. */
  readonly signal: AbortSignal
}

interface Opener {
  readonly epoch: number
  readonly decapsulator: Decapsulator
}

/** Opens the epochs of a desk with their encryption keys, and destroys the keys of old epochs. */
export class EpochKeys {
  readonly #options: EpochKeysOptions
  #opener: Opener
  /** When the mailbox was last read to its end, by the steady clock. */
  #drainedMs: number | undefined
  #destroyedUnread = false

  private constructor(options: EpochKeysOptions, opener: Opener) {
    this.#options = options
    this.#opener = opener
  }

  /** Opens the current and the upcoming epochs. */
  static async open(options: EpochKeysOptions): Promise<EpochKeys> {
    return new EpochKeys(options, await openerAt(options))
  }

  /** Returns a decapsulator that opens grants with the existing epoch keys. */
  readonly decapsulator = (): Decapsulator => this.#opener.decapsulator

  /** Notes that the mailbox has been read to its end. */
  drained(): void {
    this.#drainedMs = this.#options.clock.steady()
  }

  /** Returns whether the mailbox has been read to its end since the desk was opened. */
  get isDrained(): boolean {
    return this.#drainedMs !== undefined
  }

  /** Opens epochs that have begun or will begin soon. */
  async openComing(): Promise<void> {
    if (epochAt(this.#options.clock.now()) !== this.#opener.epoch)
      this.#opener = await openerAt(this.#options)
  }

  /** Destroys the keys of old epochs, first durably, then in memory. */
  async destroyOld(): Promise<void> {
    const { keyring, peers, time, log, signal } = this.#options
    if (this.wait()) await peers.askTime(signal)
    const oldest = this.#oldestAt(time.now())
    if (oldest <= keyring.keys.epochs.epoch) return
    if (oldest > oldestEpoch({ now: 0, drainedMs: this.#drainedAt(time.now()) })) this.#destroyedUnread = true
    await keyring.change((keys) => destroyBefore(keys, oldest))
    this.#opener = await openerAt(this.#options)
    log({
      level: 'info',
      message: 'Old encryption keys have been destroyed.',
      fields: { before: new Date(oldest * LIMITS.epoch).toISOString().slice(0, 10) },
    })
  }

  /** Returns whether old keys remain only because other organisations have not confirmed the time yet. */
  wait(): boolean {
    const { keyring, time } = this.#options
    return this.#oldestAt(time.own()) > Math.max(keyring.keys.epochs.epoch, this.#oldestAt(time.now()))
  }

  /** Returns a problem if keys were destroyed before the mailbox was read. */
  problems(): DeskProblem[] {
    return this.#destroyedUnread ? [KEYS_DESTROYED] : []
  }

  #oldestAt(ms: number): number {
    return oldestEpoch({ now: ms, drainedMs: this.#drainedAt(ms) })
  }

  /**
   * Returns the time at which the mailbox was last read to its end, by a clock that now shows `ms`. Returns 0 if the
   * mailbox has not been read to its end since the desk was opened.
   */
  #drainedAt(ms: number): number {
    if (this.#drainedMs === undefined) return 0
    return Math.max(ms - (this.#options.clock.steady() - this.#drainedMs), 0)
  }
}

async function openerAt({ keyring, clock }: Pick<EpochKeysOptions, 'keyring' | 'clock'>): Promise<Opener> {
  const epoch = epochAt(clock.now())
  const last = epoch + LIMITS.epochsAhead + 1
  const wasOurs = (keyId: string) => mayHaveBeen(keyring.keys, keyId, clock.now())
  return { epoch, decapsulator: await epochDecapsulator(keyring.keys.epochs, last, wasOurs) }
}

const KEYS_DESTROYED: DeskProblem = {
  code: 'keys-destroyed',
  severity: 'warning',
  message:
    'This desk did not read its mailbox for 180 days, and cannot read older messages. Their senders must send them again; their desks report this to them.',
}
