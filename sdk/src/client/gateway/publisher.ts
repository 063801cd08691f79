// Publishes the own statement. docs/spec/identity.md, REX-ID-011, REX-ID-070
import type { GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import { signingKeysOf } from '../../core/receipt/statements.ts'
import type { Needs } from '../../core/referral/index.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeskTime } from '../clock/time.ts'
import { createTurns } from '../clock/turns.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { DeskStore } from '../store/store.ts'
import { learnAddresses } from './addresses.ts'
import type { MailboxLink } from './link.ts'
import { issuedAfter, ownStatement } from './statement.ts'

const PUBLISH_MS = 24 * 60 * 60_000
/** Failures reported as another problem: the gateway was unreachable, or another desk has the mailbox. */
const REPORTED_ELSEWHERE: ReadonlySet<string> = new Set(['LEASE_LOST', 'UNAUTHENTICATED'])

/** Dependencies of publication. */
interface PublisherOptions {
  readonly keyring: Keyring
  /** The organisation's needs of referrals, for publication. */
  readonly needs: Needs | undefined
  readonly store: Pick<DeskStore, 'commit'>
  readonly link: MailboxLink
  readonly clock: Pick<Clock, 'steady'>
  readonly time: Pick<DeskTime, 'date'>
  /** Aborted when the desk closes. */
  readonly signal: AbortSignal
}

/** The documents that the gateway serves: its own part, and the organisation's statement. */
interface Served {
  readonly gateway: GetGatewayResponse
  /** The date of the statement, whichever desk of the organisation signed it. Unix milliseconds; 0: it serves none. */
  readonly issuedMs: number
}

interface Published {
  readonly jwt: string
  readonly issuedMs: number
  /** Time of publication, by the steady clock. */
  readonly ms: number
  /** The gateway's part of the statement. */
  readonly gateway: string
}

/** Publishes the statement of the desk's organisation. The caller holds the lease (REX-MBX-012). */
export class Publisher {
  readonly #options: PublisherOptions
  /** Publications come one after the other, so that each can be dated after the last. */
  readonly #turns = createTurns()
  #published: Published | undefined
  #failure: RexError | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** Whether this process has published a statement. */
  get hasPublished(): boolean {
    return this.#published !== undefined
  }

  /** The statement that this process published last; publishes one if there is none yet. */
  statement(): Promise<string> {
    return this.#inTurn(async () => this.#published?.jwt ?? this.#sign())
  }

  /** Publishes at once. */
  async publish(): Promise<void> {
    await this.#inTurn(() => this.#sign())
  }

  /**
   * Publishes every day, and as soon as the gateway has a new address, authority or receipt key. `leased`: resolves
   * while the lease is held. A failure is a problem until publication succeeds.
   */
  async publishIfDue(leased: Promise<unknown>): Promise<void> {
    try {
      const [served] = await Promise.all([this.#served(), leased])
      const { gateway } = served
      await learnAddresses(gateway.endpoints, this.#options)
      await this.#inTurn(async () => {
        if (this.#isDue(gateway)) await this.#sign(served)
      })
      this.#failure = undefined
    } catch (error) {
      this.#failure = RexError.from(error)
      throw error
    }
  }

  #isDue(gateway: GetGatewayResponse): boolean {
    const published = this.#published
    return (
      published === undefined ||
      this.#options.clock.steady() - published.ms >= PUBLISH_MS ||
      published.gateway !== partOf(gateway)
    )
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    return this.#turns('', step)
  }

  async #sign(known?: Served): Promise<string> {
    const { keyring, needs, store, link, clock, time, signal } = this.#options
    const { gateway, issuedMs: servedMs } = known ?? (await this.#served())
    const lastMs = Math.max(servedMs, this.#published?.issuedMs ?? 0)
    const now = time.date()
    const issuedMs = lastMs === 0 ? now : issuedAfter(lastMs, now)
    const jwt = await ownStatement({ keys: keyring.keys, needs, gateway }, { now, issuedMs })
    await link.directory.publish({ entityConfiguration: jwt }, { signal })
    const keys = signingKeysOf(parseEntityConfiguration(jwt))
    const { organisation } = keyring.keys
    await store.commit((write) => write.keepConfiguration({ organisation, keys, jwt }))
    this.#published = { jwt, issuedMs, ms: clock.steady(), gateway: partOf(gateway) }
    return jwt
  }

  /** Both are asked at once: a command is open for a moment only, and publishes in it. */
  async #served(): Promise<Served> {
    const { keyring, link, signal } = this.#options
    const { organisation } = keyring.keys
    const issuedMs = link.directory.resolve({ organisation, refresh: false }, { signal }).then(
      ({ entityConfiguration: jwt }) =>
        jwt === this.#published?.jwt ? this.#published.issuedMs : parseEntityConfiguration(jwt).issuedMs,
      (error: unknown) => {
        if (RexError.is(error, 'UNKNOWN_ORGANISATION')) return 0
        throw error
      },
    )
    const [gateway, ms] = await Promise.all([link.directory.getGateway({}, { signal }), issuedMs])
    return { gateway, issuedMs: ms }
  }

  /** The problem to report while the statement cannot be published; none otherwise. */
  problems(): DeskProblem[] {
    const error = this.#failure
    if (error === undefined || error.retryable || REPORTED_ELSEWHERE.has(error.reason)) return []
    const severity = error.reason === 'STATEMENT_INVALID' ? 'critical' : 'warning'
    const message = `The organisation's statement could not be published (${error.reason}): ${error.message} Partners use the previous one.`
    return [{ code: 'statement-unpublished', severity, message }]
  }
}

function partOf({ endpoints, caCertificate, receiptKey }: GetGatewayResponse): string {
  return JSON.stringify([endpoints, [...caCertificate], [...receiptKey]])
}
