// Asks for the newest statement of an organisation when a key of it is not known. docs/spec/identity.md, REX-ID-014
import { RexError } from '../../core/error.ts'
import { createAllowance } from '../../transport/limits/allowance.ts'

/** Questions about one organisation, at once and over time: whoever signs with unknown keys causes no more. */
const QUESTIONS = { burst: 8, perSecond: 1 / 60 }
/** Mail waits meanwhile. */
const ASK_MS = 10_000

/** Whom to ask: the desk's gateway for what it was told, or through it the other gateway. */
type Ask = (organisation: string, refresh: boolean, signal: AbortSignal) => Promise<void>

/** Looks keys up, first in what is known. */
export class NewestKeys {
  readonly #ask: Ask
  readonly #allowance
  /** Questions under way: all that wait for the same one share it. */
  readonly #asking = new Map<string, Promise<void>>()

  /** `steady`: monotonic milliseconds. */
  constructor(ask: Ask, steady?: () => number) {
    this.#ask = ask
    this.#allowance = createAllowance(QUESTIONS, steady)
  }

  /**
   * The result of `find`. While that fails with KEY_INVALID, asks for the newest statement and tries again.
   * @throws RexError KEY_INVALID: nobody knows the key; another one that is retryable: the organisation could not be asked
   */
  async find<T>(organisation: string, find: () => Promise<T>): Promise<T> {
    for (const refresh of [false, true]) {
      try {
        return await find()
      } catch (error) {
        if (!RexError.is(error, 'KEY_INVALID')) throw error
        if (!(await this.#learn(organisation, refresh, error))) throw error
      }
    }
    return await find()
  }

  /** False: it may not be asked now, or what it answers does not count. */
  async #learn(organisation: string, refresh: boolean, unknown: RexError): Promise<boolean> {
    const question = `${refresh} ${organisation}`
    const underway = this.#asking.get(question)
    if (underway === undefined && refresh && !this.#allowance.admits(organisation)) return false
    if (underway === undefined && refresh) this.#allowance.spend(organisation, 1)
    const asked = underway ?? this.#ask(organisation, refresh, AbortSignal.timeout(ASK_MS))
    this.#asking.set(question, asked)
    try {
      await asked
      return true
    } catch (cause) {
      const error = RexError.from(cause)
      if (error.retryable && error.reason !== 'UNKNOWN_ORGANISATION')
        throw new RexError('UNAVAILABLE', unknown.message, { cause })
      return false
    } finally {
      this.#asking.delete(question)
    }
  }
}
