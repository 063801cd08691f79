// Records the addresses at which gateways reach each other, as last announced. docs/spec/delivery.md, "Addresses"
import {
  countsAsSeen,
  type EntityConfiguration,
  parseEntityConfiguration,
  RexError,
  verifyEntityConfiguration,
} from '@rex/sdk/core'
import { type Allowance, createAllowance, parseAddress } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { Addresses } from '../store/peers.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from './directory.ts'

/** Maximum number of addresses in a statement or announcement (REX-ID-010). */
const AT_MOST = 8
/** Maximum number of addresses kept per organisation, newest first. */
const KEPT = 16
/**
 * Limits how often an organisation may announce something new, because each such announcement costs a check
 * and a commit.
 */
const NEWS = { burst: 16, perSecond: 1 / 60 }
const NOTHING: Addresses = { endpoints: [], announced: '', jwt: '' }

/** An announcement of another gateway (REX-DLV-171). */
interface Announcement {
  readonly endpoints: readonly string[]
  /** The newest statement of its organisation (JWT). Empty if there is none. */
  readonly entityConfiguration: string
}

/** Dependencies of `Reach`. */
interface ReachOptions {
  readonly directory: Pick<Directory, 'own' | 'peer'>
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'atLeast'>
  /** Addresses of this gateway. Empty until its listeners run. */
  readonly endpoints: () => readonly string[]
  /** Called once a newer statement that an organisation has announced is durable. */
  readonly newer?: (organisation: string) => Promise<void>
}

/** Addresses of other gateways, and whether this gateway's addresses were announced to them. */
export class Reach {
  readonly #options: ReachOptions
  /** Cache of the last announced addresses per organisation, because every queue reads them in every turn. */
  readonly #announcedTo = new Map<string, string>()
  readonly #news: Allowance

  constructor(options: ReachOptions) {
    this.#options = options
    this.#news = createAllowance(NEWS, () => options.clock.steady())
  }

  /** Returns the endpoints of an organisation in dialling order. */
  endpoints(organisation: string): readonly string[] {
    return [...new Set([...this.#known(organisation).endpoints, ...this.#ofStatement(organisation)])]
  }

  /**
   * Records an announcement by a paired organisation's gateway, identified by its certificate. Returns whether it is new.
   * @throws RexError MALFORMED, QUOTA_EXCEEDED
   */
  async announced(organisation: string, announcement: Announcement): Promise<boolean> {
    const { endpoints, entityConfiguration } = announcement
    if (endpoints.length > AT_MOST) throw new RexError('MALFORMED', 'There are too many addresses.')
    for (const endpoint of endpoints) parseAddress(endpoint, 'endpoints')
    const peer = this.#options.directory.peer(organisation)
    if (peer === undefined) return false
    const known = this.#known(organisation)
    const after = ahead(endpoints, known)
    const statesSame = ['', peer.jwt, known.jwt].includes(entityConfiguration)
    if (after === undefined && statesSame) return false
    this.#takeNews(organisation)
    const isNewer = !statesSame && (await this.#isNewer(entityConfiguration, peer))
    if (after === undefined && !isNewer) return false
    await this.#keep(organisation, {
      ...(isNewer && { jwt: entityConfiguration }),
      ...(after && { endpoints: after }),
    })
    if (isNewer) await this.#options.newer?.(organisation)
    return after !== undefined
  }

  /** Notes that the desk has replaced a statement. */
  async put(organisation: string, before: EntityConfiguration | undefined): Promise<void> {
    const now = this.#ofStatement(organisation)
    const earlier = before?.party.gateway.endpoints
    if (earlier?.join() === now.join()) return
    // Keep the previous addresses after the new addresses, because a statement may be published before its gateway has moved.
    await this.#heard(organisation, earlier ?? [])
    await this.#heard(organisation, now)
  }

  /** Returns the announced statement (JWT) if it is newer than the statement that the desk has stored. */
  newest(organisation: string): string | undefined {
    const peer = this.#options.directory.peer(organisation)
    if (peer === undefined) return undefined
    const [announcedMs, seenMs] = [this.#announcedMs(organisation), peer.issuedMs].map((ms) => this.#seen(ms))
    return (announcedMs ?? 0) > (seenMs ?? 0) ? this.#known(organisation).jwt : undefined
  }

  /** Returns this gateway's own announcement, or undefined until its addresses are set. */
  own(): Announcement | undefined {
    const endpoints = this.#options.endpoints()
    if (endpoints.length === 0) return undefined
    return { endpoints, entityConfiguration: this.#options.directory.own()?.jwt ?? '' }
  }

  /**
   * Returns whether an organisation has this gateway's current addresses. Returns true while the gateway has
   * no addresses yet.
   */
  isInformed(organisation: string): boolean {
    const endpoints = this.#options.endpoints().join()
    const announced = this.#announcedTo.get(organisation) ?? this.#known(organisation).announced
    this.#announcedTo.set(organisation, announced)
    return endpoints === '' || announced === endpoints
  }

  /** Records that an organisation has accepted the announcement. */
  async informed(organisation: string, { endpoints }: Announcement): Promise<void> {
    const announced = endpoints.join()
    this.#announcedTo.set(organisation, announced)
    if (this.#known(organisation).announced !== announced) await this.#keep(organisation, { announced })
  }

  #known(organisation: string): Addresses {
    return this.#options.store.read.addresses.find(organisation) ?? NOTHING
  }

  #ofStatement(organisation: string): readonly string[] {
    return this.#options.directory.peer(organisation)?.party.gateway.endpoints ?? []
  }

  /** Returns when the announced statement was signed. Unix milliseconds; 0 if none was announced. */
  #announcedMs(organisation: string): number {
    const { jwt } = this.#known(organisation)
    return jwt === '' ? 0 : parseEntityConfiguration(jwt).issuedMs
  }

  /** Returns the time of a statement, or 0 if a wrong clock dated it far ahead, so that it does not count as seen (REX-ID-012). */
  #seen(issuedMs: number): number {
    const { clock, time } = this.#options
    return countsAsSeen(issuedMs, { now: clock.now(), confirmedMs: time.atLeast() }) ? issuedMs : 0
  }

  async #keep(organisation: string, change: Partial<Addresses>): Promise<void> {
    await this.#options.store.commit((write) =>
      write.addresses.put(organisation, { ...(write.addresses.find(organisation) ?? NOTHING), ...change }),
    )
  }

  /** Puts endpoints in front of the stored endpoints. */
  async #heard(organisation: string, endpoints: readonly string[]): Promise<void> {
    const after = ahead(endpoints, this.#known(organisation))
    if (after !== undefined) await this.#keep(organisation, { endpoints: after })
  }

  #takeNews(organisation: string): void {
    this.#news.spend(organisation, 1)
    const ms = Math.ceil(this.#news.waitMs(organisation))
    if (ms === 0) return
    this.#news.spend(organisation, -1)
    throw new RexError('QUOTA_EXCEEDED', 'Too many announcements in a short time.', {
      metadata: { retry_after_ms: String(ms) },
    })
  }

  /**
   * Returns whether a statement is newer than the desk's and the last announced statement. The entity key is pinned, so a statement that
   * the desk would refuse is not kept.
   */
  async #isNewer(jwt: string, { organisation, entityKey, issuedMs }: EntityConfiguration): Promise<boolean> {
    const seenIssuedMs =
      Math.max(...[issuedMs, this.#announcedMs(organisation)].map((ms) => this.#seen(ms))) + 1
    const expected = { organisation, entityKey, now: this.#options.clock.now(), seenIssuedMs }
    return verifyEntityConfiguration(jwt, expected).then(
      () => true,
      () => false,
    )
  }
}

/** Returns the stored endpoints with the given ones in front. Returns undefined if that changes nothing. */
function ahead(
  endpoints: readonly string[],
  { endpoints: before }: Pick<Addresses, 'endpoints'>,
): readonly string[] | undefined {
  const after = [...new Set([...endpoints, ...before])].slice(0, KEPT)
  return after.join() === before.join() ? undefined : after
}
