// Paired organisations: pins, and the newest statements that match them. docs/spec/identity.md, "Pairing"
import { EnvelopeContext } from '@rex/proto/core/v1/envelope'
import { equal } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import {
  type EntityConfiguration,
  parseEntityConfiguration,
  verifyEntityConfiguration,
} from '../../core/identity/entity.ts'
import { epochFor } from '../../core/identity/epoch.ts'
import { entityWords, verifyInvite } from '../../core/identity/invite.ts'
import { pinnedResolver, refuseDowngrade } from '../../core/identity/pinned.ts'
import type { KeyResolver } from '../../core/identity/resolver.ts'
import { kid } from '../../core/jose/key.ts'
import { type RecipientKeys, recipientKey } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Peer } from '../api/desk.ts'
import type { DeskStore, DeskWrites, PairingRecord, PeerRecord } from '../store/store.ts'
import type { MailboxLink } from './link.ts'

/** How many organisations are asked for the time. */
const ASKED = 4

/** The paired organisations of a desk. */
export interface Peers {
  /** @throws RexError UNKNOWN_ORGANISATION */
  get(organisation: string): EntityConfiguration
  readonly resolver: KeyResolver
  /**
   * Pairs with the organisation of an invite.
   * @throws RexError ALREADY_EXISTS if another key is pinned, SUITE_UNAVAILABLE if it offers less than the pinned
   * one, and those of verification
   */
  pair(invite: string): Promise<Peer>
  /** Announces all peers to the gateway, after it lost its memory. */
  introduce(): Promise<void>
  /**
   * Fetches a newer statement and accepts it if it matches the pin.
   * @throws RexError SUITE_UNAVAILABLE, and those of verification
   */
  refresh(organisation: string, signal?: AbortSignal): Promise<void>
  /**
   * Obtains the time from other organisations: fetches a few of their newest statements, which desks sign anew
   * every day. It never throws.
   */
  askTime(signal?: AbortSignal): Promise<void>
  /**
   * Refreshes statements in the second half of their life, and accepts newer ones that the gateway has been given
   * (REX-MBX-053).
   * @throws the first failure, after all were tried
   */
  refreshStale(signal?: AbortSignal): Promise<void>
  /**
   * Ends the pairing with an organisation, in the transaction of `settle`.
   * @throws RexError UNKNOWN_ORGANISATION, and those of the gateway
   */
  unpair(organisation: string, settle: Settle): Promise<void>
  /** Completes pairing changes that an earlier process left unfinished. @throws RexError those of the gateway */
  complete(settleFor: (organisation: string) => Settle): Promise<void>
  list(): Peer[]
  /** Display name of an organisation; its identifier if it is not paired. */
  nameOf(organisation: string): string
}

/** Ends everything that waits for an organisation, in one transaction with the writes of `also`. */
export type Settle = (also: (write: DeskWrites) => void) => Promise<void>

interface Pinned {
  readonly configuration: EntityConfiguration
  readonly pairedMs: number
}

/** Opens the peers of a desk. */
export function openPeers({
  store,
  link,
  now,
  witness = () => {},
  confirmed = () => 0,
}: {
  store: DeskStore
  link: MailboxLink
  now: () => number
  /** Called with each time that another organisation signed. */
  witness?: (ms: number) => void
  /** The time confirmed by other organisations. Unix milliseconds. Default: none. */
  confirmed?: () => number
}): Peers {
  /** Unfinished changes of an earlier process. This process ends its own. */
  let half: readonly PairingRecord[] = store.read.pairings()
  const pinned = new Map<string, Pinned>(
    store.read.peers().map((record) => [record.organisation, pinnedOf(record)]),
  )

  /**
   * The gateway changes first, so that waiting messages do not leave. If the process dies in between, `complete`
   * finishes the change.
   */
  async function changed(pairing: PairingRecord, atGateway: () => Promise<unknown>): Promise<void> {
    await store.commit((write) => write.putPairing(pairing))
    try {
      await atGateway()
    } catch (error) {
      await store.commit((write) => write.endPairing(pairing.organisation)).catch(() => {})
      throw error
    }
  }

  async function end(organisation: string, settle: Settle): Promise<void> {
    await settle((write) => {
      write.deletePeer(organisation)
      write.endPairing(organisation)
    })
    pinned.delete(organisation)
  }

  async function take(configuration: EntityConfiguration): Promise<Peer> {
    const { organisation, jwt } = configuration
    const known = pinned.get(organisation)
    if (known !== undefined) refuseDowngrade(known.configuration, configuration)
    const pairedMs = known?.pairedMs ?? now()
    witness(configuration.issuedMs)
    const atGateway = () => link.directory.putPeer({ entityConfiguration: jwt })
    if (known === undefined) await changed({ organisation, configuration: jwt }, atGateway)
    else await atGateway()
    await store.commit((write) => {
      write.putPeer({ organisation, configuration: jwt, pairedMs })
      write.endPairing(organisation)
    })
    pinned.set(organisation, { configuration, pairedMs })
    return peerOf({ configuration, pairedMs })
  }

  /** `refresh`: the gateway asks the other gateway; otherwise it returns the newest statement that it was given. */
  async function resolve(organisation: string, refresh: boolean, signal?: AbortSignal): Promise<void> {
    const { entityKey, issuedMs, jwt } = peers.get(organisation)
    const { entityConfiguration } = await link.directory.resolve(
      { organisation, refresh },
      signal && { signal },
    )
    if (entityConfiguration === jwt) return
    const expected = { entityKey, organisation, now: now(), seenIssuedMs: issuedMs, confirmedMs: confirmed() }
    const newest = await verifyEntityConfiguration(entityConfiguration, expected)
    if (refresh || newest.issuedMs > issuedMs) await take(newest)
  }

  const peers: Peers = {
    get(organisation) {
      const known = pinned.get(organisation)
      if (known !== undefined) return known.configuration
      throw new RexError('UNKNOWN_ORGANISATION', `${organisation} is not paired with this desk.`, {
        metadata: { organisation },
        hint: 'Pair with `rex-desk pair` and the invite of that organisation.',
      })
    },
    resolver: pinnedResolver((organisation) => pinned.get(organisation)?.configuration),
    async pair(invite) {
      const { configuration } = await verifyInvite(invite, now())
      const known = pinned.get(configuration.organisation)
      if (known !== undefined && kid(known.configuration.entityKey) !== kid(configuration.entityKey)) {
        throw new RexError('ALREADY_EXISTS', `${configuration.organisation} is paired with another key.`, {
          hint: 'Call the organisation. If it really has a new key, unpair first.',
        })
      }
      const knownMs = known?.configuration.issuedMs ?? 0
      const isNewer =
        knownMs > configuration.issuedMs && knownMs <= Math.max(now(), confirmed()) + LIMITS.skew
      return take(known !== undefined && isNewer ? known.configuration : configuration)
    },
    async introduce() {
      for (const { configuration } of pinned.values())
        await link.directory.putPeer({ entityConfiguration: configuration.jwt }).catch((error: unknown) => {
          if (RexError.from(error).retryable) throw error
        })
    },
    refresh: (organisation, signal) => resolve(organisation, true, signal),
    async askTime(signal) {
      const newest = [...pinned.values()].toSorted(
        (a, b) => b.configuration.issuedMs - a.configuration.issuedMs,
      )
      await Promise.allSettled(
        newest
          .slice(0, ASKED)
          .map(({ configuration: { organisation } }) => peers.refresh(organisation, signal)),
      )
    },
    async refreshStale(signal) {
      const tried = await Promise.allSettled(
        [...pinned.values()].map(({ configuration }) =>
          resolve(configuration.organisation, isStale(configuration, now()), signal),
        ),
      )
      for (const result of tried) if (result.status === 'rejected') throw result.reason
    },
    async unpair(organisation, settle) {
      peers.get(organisation)
      await changed({ organisation, configuration: '' }, () => link.directory.deletePeer({ organisation }))
      await end(organisation, settle)
    },
    async complete(settleFor) {
      for (const { organisation, configuration } of half) {
        if (configuration !== '') await take(parseEntityConfiguration(configuration))
        else {
          await link.directory.deletePeer({ organisation })
          await end(organisation, settleFor(organisation))
        }
      }
      half = []
    },
    list: () => [...pinned.values()].map(peerOf),
    nameOf: (organisation) => pinned.get(organisation)?.configuration.name ?? organisation,
  }
  return peers
}

/** Whether a statement is in the second half of its life. */
function isStale({ issuedMs, party }: EntityConfiguration, now: number): boolean {
  return now > (issuedMs + (party.epochs.at(-1)?.expiresMs ?? 0)) / 2
}

/** Encryption keys to seal to, and the suites offered. */
export function sealingKeys({ party }: EntityConfiguration, now: number) {
  const { keys, stale } = epochFor(party.epochs, now)
  return { stale, keys: { suites: party.suites, x25519: keys.x25519, hpke: keys.hpke } }
}

/** Whether an envelope with this context (canonical bytes) is sealed to one of these keys. */
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
