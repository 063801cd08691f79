// Prevents signatures until the desk's gateway has confirmed that the desk store is not an older copy. docs/spec/mailbox.md, "Lease"
import { RexError } from '../../core/error.ts'
import type { Signer } from '../../core/jose/key.ts'
import { refusalIn } from '../../transport/network/refusal.ts'

const REACH = 'Check that the gateway runs, and that this computer has a network connection; then try again.'

/** Lets the desk sign only after its gateway has answered for the first time since the desk was opened. */
export class Reconciliation {
  #met: boolean
  readonly #isKeyUnpublished: () => boolean
  #meet: () => Promise<unknown> = async () => {}

  /**
   * `met`: whether the chain is new, so that the desk may sign before the gateway has answered. `isKeyUnpublished`: whether the
   * message key is unpublished, so that nobody could verify a signature.
   */
  constructor(met: boolean, isKeyUnpublished: () => boolean = () => false) {
    this.#met = met
    this.#isKeyUnpublished = isKeyUnpublished
  }

  /**
   * Sets the function that contacts the gateway. `meet` must resolve once the gateway has answered, the desk store is not older than
   * the gateway's records, and the current message key is published.
   */
  by(meet: () => Promise<unknown>): void {
    this.#meet = meet
  }

  /** Notes that the gateway has answered and that the desk store is not older than the gateway's records. */
  answered(): void {
    this.#met = true
  }

  /** Returns whether the gateway has not answered yet. */
  waits(): boolean {
    return !this.#met
  }

  /**
   * Returns a signer. Until the gateway has answered, the signer calls `meet` before it signs. The signer throws UNAVAILABLE
   * while the gateway cannot be reached or does not accept the desk's certificate, which a wrong clock can cause temporarily.
   * It throws the other errors of `meet` unchanged.
   */
  before({ key, sign }: Signer): Signer {
    return {
      key,
      sign: async (input) => {
        if (!this.#met || this.#isKeyUnpublished()) await this.#ask()
        return sign(input)
      },
    }
  }

  async #ask(): Promise<void> {
    try {
      await this.#meet()
    } catch (cause) {
      const error = RexError.from(cause)
      const isAway = error.retryable && error.reason !== 'STORE_FAILED'
      if (!isAway && refusalIn(error) !== 'certificate') throw error
      const away = this.#met
        ? 'The new message key is not published yet.'
        : 'This desk has not reached its gateway since it was opened.'
      const because = this.#met ? 'nobody could verify it' : 'its store may be an older copy'
      throw new RexError(
        'UNAVAILABLE',
        `${isAway ? away : error.message} Until the gateway has answered, this desk signs nothing, because ${because}.`,
        { cause, hint: isAway ? REACH : error.hint },
      )
    }
  }
}
