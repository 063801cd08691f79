// Fetches the newest statement of an organisation when one of its keys is unknown. docs/spec/identity.md, REX-ID-014
import { RexError } from '../../core/error.ts'
import { createAllowance } from '../../transport/limits/allowance.ts'

/** The rate limit for questions about an organisation. Without it, anybody could cause many questions by signing with unknown keys. */
const QUESTIONS = { burst: 8, perSecond: 1 / 60 }
/** The time limit for a question. It is short, because mail waits for the answer. */
const ASK_MS = 10_000

/**
 * Fetches the newest statement of an organisation: the newest that the desk's gateway has or, with `refresh`, the current
 * statement from the organisation's gateway.
 */
type Ask = (organisation: string, refresh: boolean, signal: AbortSignal) => Promise<void>

/**
 * Finds an organisation's keys in its known statement. If a key is not there, fetches the newest statement of the organisation.
 */
export class NewestKeys {
  readonly #ask: Ask
  readonly #allowance
  /** Questions in progress. All callers that wait for the same answer share a question. */
  readonly #asking = new Map<string, Promise<void>>()

  /** `steady` returns monotonic milliseconds. */
  constructor(ask: Ask, steady?: () => number) {
    this.#ask = ask
    this.#allowance = createAllowance(QUESTIONS, steady)
  }

  /**
   * Returns the result of `find`. While `find` fails with KEY_INVALID, asks for the newest statement and tries again.
   * @throws RexError KEY_INVALID if no statement contains the key; a retryable error if the organisation could not be
   * asked
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

  /** Asks for the newest statement. Resolves with false if the limit forbids the question or the answer is not acceptable. */
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
