// Publishes this organisation's statement. docs/spec/identity.md, REX-ID-011, REX-ID-070
import type { GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import { type EntityConfiguration, isIntact, parseEntityConfiguration } from '../../core/identity/entity.ts'
import { kid } from '../../core/jose/key.ts'
import { signingKeysOf } from '../../core/receipt/statements.ts'
import type { Needs } from '../../core/referral/index.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeskTime } from '../clock/time.ts'
import { createTurns } from '../clock/turns.ts'
import type { Keys } from '../keys/keystore.ts'
import { entityKeyOf, isOwnStatement, isUnderOwnKey } from '../keys/replacing/entity-key.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'
import { messageKeyOf, replaceMessageKey } from '../keys/replacing/message-keys.ts'
import type { DeskStore } from '../store/store.ts'
import { learnAddresses } from './addresses.ts'
import { learnAuthorities } from './authorities.ts'
import type { MailboxLink } from './link.ts'
import { issuedAfter, KEY_LIFETIME, ownStatement } from './statement.ts'

const PUBLISH_MS = 24 * 60 * 60_000
/** Failures that are reported as other problems: another desk has the mailbox, or the gateway has revoked this desk. */
const REPORTED_ELSEWHERE: ReadonlySet<string> = new Set(['LEASE_LOST', 'UNAUTHENTICATED'])

/** Remedies for lasting refusals. Until somebody acts, partners receive no new key and no revocation. */
const REMEDIES: Readonly<Record<string, string>> = {
  STATEMENT_INVALID:
    'If this desk is the right one, its operator makes room for it with `rex-gateway reset`, and partners need new invites; otherwise open the desk that the gateway knows, or restore its newest backup.',
  STATEMENT_ROLLBACK:
    'Check the clock of this computer. If it is right, this desk is an older copy: close it, and open the newer one, or restore the backup that was made with the new entity key or a later one.',
}

/** The dependencies of `Publisher`. */
interface PublisherOptions {
  readonly keyring: Keyring
  /** The information that the organisation needs in referrals, for publication in its statement. */
  readonly needs: Needs | undefined
  readonly store: Pick<DeskStore, 'commit' | 'read'>
  readonly link: MailboxLink
  readonly clock: Pick<Clock, 'steady'>
  readonly time: Pick<DeskTime, 'date'>
  /** Aborted when the desk closes. */
  readonly signal: AbortSignal
}

/**
 * The documents that the gateway serves: the gateway's part of the statement, and the organisation's whole statement.
 */
interface Served {
  readonly gateway: GetGatewayResponse
  /** The statement, whichever desk of the organisation signed it. Undefined if the gateway serves none. */
  readonly statement: EntityConfiguration | undefined
}

interface Published extends EntityConfiguration {
  /** The time of publication, by the steady clock. */
  readonly ms: number
  /** The gateway's part of the statement. */
  readonly gateway: string
}

/** Publishes the statement of the desk's organisation. The caller must hold the lease (REX-MBX-012). */
export class Publisher {
  readonly #options: PublisherOptions
  /** Serialises publications, so that each statement is dated after the previous one. */
  readonly #turns = createTurns()
  #published: Published | undefined
  #failure: RexError | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** Returns whether this process has published a statement. */
  get hasPublished(): boolean {
    return this.#published !== undefined
  }

  /** Returns the statement that this process published last. Publishes a statement first if there is none, or if the entity key has changed. */
  statement(): Promise<string> {
    return this.#inTurn(async () =>
      this.#published === undefined || this.#isUnderEarlierKey(this.#published)
        ? this.#sign()
        : this.#published.jwt,
    )
  }

  /** Publishes a new statement immediately. */
  async publish(): Promise<void> {
    await this.#inTurn(() => this.#sign())
  }

  /**
   * Checks that the gateway answers, and that one statement has room for these keys and all earlier keys that it must list.
   * @throws RexError LIMIT_EXCEEDED, UNAVAILABLE and other errors of the gateway
   */
  async checkRoom(keys: Keys): Promise<void> {
    const { needs, time } = this.#options
    const { gateway, statement } = await this.#served()
    const before = await this.#before(statement)
    const now = time.date()
    parseEntityConfiguration(await ownStatement({ keys, needs, gateway, before }, { now, issuedMs: now }))
  }

  /** Publishes a change of keys that is not published yet. */
  async publishChange(): Promise<void> {
    const { keyring } = this.#options
    await this.#inTurn(async () => {
      if (keyring.keys.unpublished === true) await this.#sign()
    })
  }

  /**
   * Publishes every day, and as soon as the gateway has a new address, authority or receipt key. `leased` resolves
   * once the lease is held. A failure is reported as a problem until publication succeeds.
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
      this.#options.keyring.keys.unpublished === true ||
      this.#isUnderEarlierKey(published) ||
      this.#options.clock.steady() - published.ms >= PUBLISH_MS ||
      published.gateway !== partOf(gateway)
    )
  }

  #isUnderEarlierKey({ entityKey }: EntityConfiguration): boolean {
    return kid(entityKey) !== kid(entityKeyOf(this.#options.keyring.keys).signer.key)
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    return this.#turns('', step)
  }

  async #sign(known?: Served): Promise<string> {
    const { keyring, needs, store, link, clock, time, signal } = this.#options
    const { gateway, statement } = known ?? (await this.#served())
    const lastMs = Math.max(statement?.issuedMs ?? 0, this.#published?.issuedMs ?? 0)
    const now = time.date()
    const issuedMs = lastMs === 0 ? now : issuedAfter(lastMs, now)
    const before = await this.#before(statement)
    await this.#leaveRevokedKey(before, now)
    const { keys } = keyring
    const jwt = await ownStatement({ keys, needs, gateway, before }, { now, issuedMs })
    await link.directory.publish({ entityConfiguration: jwt }, { signal })
    const { organisation } = keys
    const own = parseEntityConfiguration(jwt)
    const named = signingKeysOf(own)
    await store.commit((write) => write.keepConfiguration({ organisation, keys: named, jwt }))
    if (keys.unpublished === true) await keyring.change((newest) => published(newest, keys))
    this.#published = { ...own, issuedMs, ms: clock.steady(), gateway: partOf(gateway) }
    return jwt
  }

  /**
   * Returns the last statements of this organisation, from its gateway and from the desk store, so that the next
   * statement keeps naming their keys (REX-ID-072). The gateway's statement counts only if this organisation has signed
   * it.
   */
  async #before(served: EntityConfiguration | undefined): Promise<EntityConfiguration[]> {
    const { keyring, store } = this.#options
    const entity = entityKeyOf(keyring.keys)
    // Skip damaged statements, so that they do not stop the desk: the gateway has a copy.
    const { organisation } = keyring.keys
    const kept = store.read.configurations(organisation).filter(isIntact).map(parseEntityConfiguration)
    const last = kept.findLast((statement) => isUnderOwnKey(statement, entity))
    return [
      ...(served !== undefined && (await isOwnStatement(served, entity)) ? [served] : []),
      ...(last === undefined ? [] : [last]),
    ]
  }

  /**
   * Replaces the message key if the organisation has revoked it. A desk restored from a backup may have such a key,
   * perhaps revoked so long ago that the statements no longer name it.
   */
  async #leaveRevokedKey(before: readonly EntityConfiguration[], now: number): Promise<void> {
    const { keyring } = this.#options
    const used = kid(messageKeyOf(keyring.keys).signer.key)
    const named = before.flatMap(({ party }) => party.messageKeys).filter(({ jwk }) => kid(jwk) === used)
    const revoked = named.find((key) => key.revoked !== undefined)?.revoked
    const isForgotten = named.length === 0 && before.length > 0 && keyring.keys.unpublished !== true
    if (revoked !== undefined || isForgotten)
      await keyring.change((keys) => replaceMessageKey(keys, { now, revoked, expiresMs: now + KEY_LIFETIME }))
  }

  /** Fetches both documents in parallel, because a command opens the desk only briefly and must publish in that time. */
  async #served(): Promise<Served> {
    const { keyring, link, signal } = this.#options
    const { organisation } = keyring.keys
    const resolved = link.directory.resolve({ organisation, refresh: false }, { signal }).then(
      ({ entityConfiguration: jwt }) =>
        jwt === this.#published?.jwt ? this.#published : parseEntityConfiguration(jwt),
      (error: unknown) => {
        if (RexError.is(error, 'UNKNOWN_ORGANISATION')) return undefined
        throw error
      },
    )
    const [gateway, statement] = await Promise.all([link.directory.getGateway({}, { signal }), resolved])
    // Store the authorities before publication, because readers of the statement may rely on this desk knowing them.
    await learnAuthorities(gateway, this.#options)
    return { gateway, statement }
  }

  /** Returns a problem if the statement cannot be published. */
  problems(): DeskProblem[] {
    const error = this.#failure
    if (error === undefined || error.retryable || REPORTED_ELSEWHERE.has(error.reason)) return []
    const remedy = REMEDIES[error.reason]
    const severity = remedy === undefined ? 'warning' : 'critical'
    const message = `The organisation's statement could not be published (${error.reason}): ${error.message} ${remedy ?? error.hint} Partners use the previous one.`
    return [{ code: 'statement-unpublished', severity, message }]
  }
}

/** Removes `unpublished` from the newest keys, unless the keys have changed again since. */
function published(newest: Keys, { message, revoked, revokedReceipts }: Keys): Keys {
  const { unpublished, ...rest } = newest
  const isSame =
    newest.message === message && newest.revoked === revoked && newest.revokedReceipts === revokedReceipts
  return isSame ? rest : newest
}

function partOf({ endpoints, caCertificate, nextCaCertificate, receiptKey }: GetGatewayResponse): string {
  return JSON.stringify([endpoints, [...caCertificate], [...nextCaCertificate], [...receiptKey]])
}
