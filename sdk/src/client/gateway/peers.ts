// Manages paired organisations: their pins, and the newest statements that match the pins. docs/spec/identity.md, "Pairing"
import { EnvelopeContext } from '@rex/proto/core/v1/envelope'
import { equal } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import {
  countsAsSeen,
  type DatedKey,
  type EntityConfiguration,
  parseEntityConfiguration,
  verifyEntityConfiguration,
} from '../../core/identity/entity.ts'
import { epochFor } from '../../core/identity/epoch.ts'
import { entityWords, verifyInvite } from '../../core/identity/invite.ts'
import { pinnedResolver, refuseDowngrade } from '../../core/identity/pinned.ts'
import type { KeyResolver } from '../../core/identity/resolver.ts'
import { leadsTo, tookOverFrom } from '../../core/identity/rotation.ts'
import { type RecipientKeys, recipientKey } from '../../core/jose/suite.ts'
import { signingKeysOf } from '../../core/receipt/statements.ts'
import type { Peer } from '../api/desk.ts'
import type { DeskTime } from '../clock/time.ts'
import { createTurns } from '../clock/turns.ts'
import type { DeskStore, DeskWrites, PairingRecord, PeerRecord } from '../store/store.ts'
import type { MailboxLink } from './link.ts'
import { NewestKeys } from './newest-keys.ts'

/** How many organisations to ask for the time. */
const ASKED = 4

/** The dependencies of `Peers`. */
interface PeersOptions {
  readonly store: DeskStore
  readonly link: Pick<MailboxLink, 'directory'>
  readonly time: Pick<DeskTime, 'date' | 'witness' | 'atLeast'>
}

/** Ends all messages that wait for an organisation, in one transaction with the writes of `also`. */
type EndMessages = (also: (write: DeskWrites) => void) => Promise<void>

interface Pinned {
  readonly configuration: EntityConfiguration
  readonly pairedMs: number
}

/** The paired organisations of a desk. */
export class Peers {
  readonly #options: PeersOptions
  readonly #pinned: Map<string, Pinned>
  /** Pairing changes that an earlier process left unfinished. Changes by this process are not in this list. */
  #unfinished: readonly PairingRecord[]
  readonly #newest: NewestKeys
  /** Serialises changes of an organisation's pin. */
  readonly #turns = createTurns()
  /** Finds message keys of the paired organisations. If a key is unknown, asks the organisation that it belongs to. */
  readonly resolver: KeyResolver

  constructor(options: PeersOptions) {
    const { read } = options.store
    this.#options = options
    this.#pinned = new Map(read.peers().map((record) => [record.organisation, pinnedOf(record)]))
    this.#unfinished = read.pairings()
    this.#newest = new NewestKeys((organisation, refresh, signal) =>
      this.#resolve(organisation, refresh, signal),
    )
    const pinned = pinnedResolver((organisation) => this.#pinned.get(organisation)?.configuration)
    this.resolver = {
      resolve: (organisation, thumbprint, atMs) =>
        this.#newest.find(organisation, () => pinned.resolve(organisation, thumbprint, atMs)),
    }
  }

  /** Returns the pinned statement of an organisation. @throws RexError UNKNOWN_ORGANISATION */
  get(organisation: string): EntityConfiguration {
    const known = this.#pinned.get(organisation)
    if (known !== undefined) return known.configuration
    throw new RexError('UNKNOWN_ORGANISATION', `${organisation} is not paired with this desk.`, {
      metadata: { organisation },
      hint: 'Pair with `rex-desk pair` and an invite of that organisation.',
    })
  }

  /** Returns the entity identifiers of the paired organisations. */
  ids(): string[] {
    return [...this.#pinned.keys()]
  }

  list(): Peer[] {
    return [...this.#pinned.values()].map(peerOf)
  }

  /** Returns the display name of an organisation, or its identifier if it is not paired. */
  nameOf(organisation: string): string {
    return this.#pinned.get(organisation)?.configuration.name ?? organisation
  }

  /**
   * Pairs with the organisation of an invite.
   * @throws RexError ALREADY_EXISTS if another key is pinned, SUITE_UNAVAILABLE if the invite offers weaker suites than
   * the pinned statement, and the errors of verification
   */
  async pair(invite: string): Promise<Peer> {
    const { time } = this.#options
    const { configuration } = await verifyInvite(invite, time.date())
    return this.#turns(configuration.organisation, () => this.#invited(configuration))
  }

  /**
   * Ends the pairing with an organisation, in the transaction of `endMessages`.
   * @throws RexError UNKNOWN_ORGANISATION, and the errors of the gateway
   */
  async unpair(organisation: string, endMessages: EndMessages): Promise<void> {
    const { directory } = this.#options.link
    await this.#turns(organisation, async () => {
      this.get(organisation)
      await this.#atGateway({ organisation, configuration: '' }, () => directory.deletePeer({ organisation }))
      await this.#end(organisation, endMessages)
    })
  }

  /** Completes pairing changes that an earlier process left unfinished. @throws RexError the errors of the gateway */
  async complete(endMessagesOf: (organisation: string) => EndMessages): Promise<void> {
    for (const { organisation, configuration } of this.#unfinished) {
      if (configuration !== '') await this.#accept(parseEntityConfiguration(configuration))
      else {
        await this.#options.link.directory.deletePeer({ organisation })
        await this.#end(organisation, endMessagesOf(organisation))
      }
    }
    this.#unfinished = []
  }

  /** Announces all peers to the gateway after the gateway has lost its memory. */
  async introduce(): Promise<void> {
    const { directory } = this.#options.link
    for (const { configuration } of this.#pinned.values())
      await directory.putPeer({ entityConfiguration: configuration.jwt }).catch((error: unknown) => {
        if (RexError.from(error).retryable) throw error
      })
  }

  /**
   * Fetches a newer statement and accepts it if it matches the pin.
   * @throws RexError SUITE_UNAVAILABLE, and the errors of verification
   */
  refresh(organisation: string, signal?: AbortSignal): Promise<void> {
    return this.#resolve(organisation, true, signal)
  }

  /** Accepts an organisation's newer statement that the desk's gateway has announced. @throws RexError as `refresh` does */
  async announced(organisation: string): Promise<void> {
    if (this.#pinned.has(organisation)) await this.#resolve(organisation, false)
  }

  /**
   * Calls `find` with an organisation's receipt keys, and returns the result. If a key is unknown, asks for the
   * organisation's newest statement and calls `find` again.
   */
  withReceiptKeys<T>(organisation: string, find: (keys: readonly DatedKey[]) => Promise<T>): Promise<T> {
    return this.#newest.find(organisation, () => find(this.get(organisation).party.gateway.receiptKeys))
  }

  /**
   * Gets the time from a few other organisations by fetching their newest statements, because desks sign a new statement every
   * day. Never throws.
   */
  async askTime(signal?: AbortSignal): Promise<void> {
    const newest = [...this.#pinned.values()]
      .map(({ configuration }) => configuration)
      .toSorted((a, b) => b.issuedMs - a.issuedMs)
    await Promise.allSettled(
      newest.slice(0, ASKED).map(({ organisation }) => this.refresh(organisation, signal)),
    )
  }

  /**
   * Refreshes statements in the second half of their life, and accepts newer statements that the gateway was given
   * (REX-MBX-053).
   * @throws the first failure, after trying all organisations
   */
  async refreshStale(signal?: AbortSignal): Promise<void> {
    const now = this.#options.time.date()
    const tried = await Promise.allSettled(
      [...this.#pinned.values()].map(({ configuration }) =>
        this.#resolve(configuration.organisation, isStale(configuration, now), signal),
      ),
    )
    for (const result of tried) if (result.status === 'rejected') throw result.reason
  }

  /**
   * Fetches a statement and accepts it if it is newer. With `refresh`, this desk's gateway fetches the statement from the
   * organisation's gateway; otherwise this desk's gateway returns the newest statement that it has.
   */
  async #resolve(organisation: string, refresh: boolean, signal?: AbortSignal): Promise<void> {
    const { link, time } = this.#options
    const { entityKey, issuedMs, jwt } = this.get(organisation)
    const { entityConfiguration } = await link.directory.resolve(
      { organisation, refresh },
      signal && { signal },
    )
    if (entityConfiguration === jwt) return
    const newest = await verifyEntityConfiguration(entityConfiguration, {
      entityKey,
      organisation,
      now: time.date(),
      seenIssuedMs: issuedMs,
      confirmedMs: time.atLeast(),
    })
    if (!refresh && newest.issuedMs <= this.#seen(issuedMs)) return
    const isDone = await this.#turns(organisation, async () => {
      if (this.get(organisation).jwt !== jwt) return false
      await this.#accept(newest)
      return true
    })
    // Another statement was pinned meanwhile, perhaps under another key, so start again.
    if (!isDone) await this.#resolve(organisation, refresh, signal)
  }

  async #invited(configuration: EntityConfiguration): Promise<Peer> {
    const known = this.#pinned.get(configuration.organisation)?.configuration
    // An invite from before a rotation is for the same organisation, and changes nothing.
    if (known !== undefined && tookOverFrom(known, configuration.entityKey)) return this.#accept(known)
    if (known !== undefined && !(await leadsTo(known.entityKey, configuration))) {
      throw new RexError('ALREADY_EXISTS', `${configuration.organisation} is paired with another key.`, {
        hint: 'Call the organisation. If it really has a new key, unpair first.',
      })
    }
    const isNewer = this.#seen(known?.issuedMs ?? 0) > configuration.issuedMs
    return this.#accept(known !== undefined && isNewer ? known : configuration)
  }

  /**
   * Returns the date that a newer statement must exceed: the date of the known statement, or 0 if a wrong clock dated the known
   * statement far ahead (REX-ID-012).
   */
  #seen(issuedMs: number): number {
    const { time } = this.#options
    return countsAsSeen(issuedMs, { now: time.date(), confirmedMs: time.atLeast() }) ? issuedMs : 0
  }

  /**
   * Pins a verified statement at the gateway and at this desk. The date of the statement counts as a time that the organisation
   * has confirmed.
   */
  async #accept(configuration: EntityConfiguration): Promise<Peer> {
    const { store, link, time } = this.#options
    const { organisation, jwt } = configuration
    const known = this.#pinned.get(organisation)
    if (known !== undefined) refuseDowngrade(known.configuration, configuration)
    const pairedMs = known?.pairedMs ?? time.date()
    const witness = () => time.witness(organisation, configuration.issuedMs)
    // Called before the commit, so that the commit stores the time.
    witness()
    const putPeer = () => link.directory.putPeer({ entityConfiguration: jwt })
    if (known === undefined) await this.#atGateway({ organisation, configuration: jwt }, putPeer)
    else await putPeer()
    await store.commit((write) => {
      write.putPeer({ organisation, configuration: jwt, pairedMs })
      write.keepConfiguration({ organisation, keys: signingKeysOf(configuration), jwt })
      write.endPairing(organisation)
    })
    this.#pinned.set(organisation, { configuration, pairedMs })
    // Called again after pairing, because times of an organisation that is not paired are ignored.
    witness()
    return peerOf({ configuration, pairedMs })
  }

  /**
   * Starts a change of a pairing. Changes the gateway first, so that waiting messages do not leave. If the process ends
   * before this desk has stored the change, `complete` finishes it.
   */
  async #atGateway(pairing: PairingRecord, change: () => Promise<unknown>): Promise<void> {
    const { store } = this.#options
    await store.commit((write) => write.putPairing(pairing))
    try {
      await change()
    } catch (error) {
      await store.commit((write) => write.endPairing(pairing.organisation)).catch(() => {})
      throw error
    }
  }

  async #end(organisation: string, endMessages: EndMessages): Promise<void> {
    await endMessages((write) => {
      write.deletePeer(organisation)
      write.endPairing(organisation)
    })
    this.#pinned.delete(organisation)
  }
}

/** Returns whether a statement is in the second half of its life. */
function isStale({ issuedMs, party }: EntityConfiguration, now: number): boolean {
  return now > (issuedMs + (party.epochs.at(-1)?.expiresMs ?? 0)) / 2
}

/** Returns the encryption keys to seal to, and the suites offered. */
export function sealingKeys({ party }: EntityConfiguration, now: number) {
  const { keys, stale } = epochFor(party.epochs, now)
  return { stale, keys: { suites: party.suites, x25519: keys.x25519, hpke: keys.hpke } }
}

/** Returns whether an envelope with this context (canonical bytes) is sealed to one of these keys. */
export function usesKey(context: Uint8Array, { x25519, hpke }: Omit<RecipientKeys, 'suites'>): boolean {
  const { recipientKey: used } = EnvelopeContext.decode(context)
  return [x25519, hpke].some((key) => equal(recipientKey(key), used))
}

function pinnedOf({ configuration, pairedMs }: PeerRecord): Pinned {
  return { configuration: parseEntityConfiguration(configuration), pairedMs }
}

function peerOf({ configuration, pairedMs }: Pinned): Peer {
  const { organisation, name, entityKey, expiresMs, party } = configuration
  return {
    organisation,
    name,
    words: entityWords(organisation, entityKey),
    pairedMs,
    expiresMs,
    suites: party.suites,
  }
}
