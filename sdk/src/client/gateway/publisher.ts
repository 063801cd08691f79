// Publishes the own statement. docs/spec/identity.md, REX-ID-011
import type { GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import type { Needs } from '../../core/referral/index.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeskTime } from '../clock/time.ts'
import type { Keyring } from '../keys/keyring.ts'
import { learnAddresses } from './addresses.ts'
import type { MailboxLink } from './link.ts'
import { ownStatement } from './statement.ts'

const PUBLISH_MS = 24 * 60 * 60_000
/** Failures reported as another problem: the gateway was unreachable, or another desk has the mailbox. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['LEASE_LOST', 'UNAUTHENTICATED'])

/** Dependencies of publication. */
export interface PublisherOptions {
  readonly keyring: Keyring
  /** The organisation's needs of referrals, for publication. */
  readonly needs: Needs | undefined
  readonly link: MailboxLink
  readonly clock: Pick<Clock, 'steady'>
  readonly time: Pick<DeskTime, 'date'>
  /** Aborted when the desk closes. */
  readonly signal: AbortSignal
}

interface Published {
  readonly jwt: string
  /** Time of publication, by the steady clock. */
  readonly ms: number
  /** The gateway's part of the statement. */
  readonly gateway: string
}

/** Publishes the statement of the desk's organisation. The caller holds the lease (REX-MBX-012). */
export class Publisher {
  readonly #options: PublisherOptions
  #published: Published | undefined
  #failure: RexError | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** The statement that this process published last. */
  get statement(): string | undefined {
    return this.#published?.jwt
  }

  /** Publishes at once; resolves with the statement. */
  readonly publish = async (gateway?: GetGatewayResponse): Promise<string> => {
    const { keyring, needs, link, clock, time, signal } = this.#options
    const own = gateway ?? (await link.directory.getGateway({}, { signal }))
    const jwt = await ownStatement({ keys: keyring.keys, needs }, own, time.date())
    await link.directory.publish({ entityConfiguration: jwt }, { signal })
    this.#published = { jwt, ms: clock.steady(), gateway: partOf(own) }
    return jwt
  }

  /**
   * Publishes every day, and as soon as the gateway has a new address, authority or receipt key. `leased`: resolves
   * while the lease is held. A failure is a problem until publication succeeds.
   */
  async publishIfDue(leased: Promise<unknown>): Promise<void> {
    const { link, signal } = this.#options
    try {
      const [gateway] = await Promise.all([link.directory.getGateway({}, { signal }), leased])
      await learnAddresses(gateway.endpoints, this.#options)
      if (this.#isDue(gateway)) await this.publish(gateway)
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

  /** The problem that the statement could not be published. */
  problems(): DeskProblem[] {
    const error = this.#failure
    if (error === undefined || error.retryable || TOLD_ELSEWHERE.has(error.reason)) return []
    const severity = error.reason === 'STATEMENT_INVALID' ? 'critical' : 'warning'
    const message = `The organisation's statement could not be published (${error.reason}): ${error.message} Partners use the previous one.`
    return [{ code: 'statement-unpublished', severity, message }]
  }
}

function partOf({ endpoints, caCertificate, receiptKey }: GetGatewayResponse): string {
  return JSON.stringify([endpoints, [...caCertificate], [...receiptKey]])
}
