// A desk signs nothing until its gateway has confirmed that the desk store is not an older copy. docs/spec/mailbox.md, "Lease"
import { RexError } from '../../core/error.ts'
import type { Signer } from '../../core/jose/key.ts'
import { refusalIn } from '../../transport/network/refusal.ts'

const REACH = 'Check that the gateway runs, and that this computer has a network connection; then try again.'

/** The first meeting with the desk's gateway since the desk was opened. */
export class Reconciliation {
  #met: boolean
  readonly #isKeyUnpublished: () => boolean
  #meet: () => Promise<unknown> = async () => {}

  /**
   * `met`: no need to ask, as for a chain that has just begun. `isKeyUnpublished`: nobody could verify what is signed now.
   */
  constructor(met: boolean, isKeyUnpublished: () => boolean = () => false) {
    this.#met = met
    this.#isKeyUnpublished = isKeyUnpublished
  }

  /**
   * `meet` resolves once the gateway has answered, the desk store is not older than the gateway's records, and the message
   * key in use is published.
   */
  by(meet: () => Promise<unknown>): void {
    this.#meet = meet
  }

  /** The gateway has answered, and the desk store is not older than its records. */
  answered(): void {
    this.#met = true
  }

  /** Whether the desk has yet to reach its gateway. */
  waits(): boolean {
    return !this.#met
  }

  /**
   * A signer that asks before its first signature. It throws UNAVAILABLE while the gateway cannot be reached or does not accept the desk's
   * certificate: a wrong clock can cause that, and it passes. It also throws the other errors of `meet`.
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
