// Addresses at which gateways reach each other, as last announced. docs/spec/delivery.md, "Addresses"
import {
  type EntityConfiguration,
  parseEntityConfiguration,
  RexError,
  verifyEntityConfiguration,
} from '@rex/sdk/core'
import { parseAddress } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { Addresses } from '../store/peers.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from './directory.ts'

/** Most addresses in one statement or announcement (REX-ID-010). */
const AT_MOST = 8
/** Most addresses kept per organisation, newest first. */
const KEPT = 16
const NOTHING: Addresses = { endpoints: [], told: '', jwt: '' }

/** An announcement of another gateway (REX-DLV-171). */
export interface Announcement {
  readonly endpoints: readonly string[]
  /** The newest statement of its organisation (JWT). Empty: none. */
  readonly entityConfiguration: string
}

/** Addresses of other gateways, and whether they know this gateway's addresses. */
export interface Reach {
  /** Endpoints of an organisation in dialling order. */
  endpoints(organisation: string): readonly string[]
  /** Records an announcement by a paired organisation's gateway, identified by its certificate. True: it is new. @throws RexError MALFORMED */
  announced(organisation: string, announcement: Announcement): Promise<boolean>
  /** Takes note that the desk replaced a statement. */
  put(organisation: string, before: EntityConfiguration | undefined): Promise<void>
  /** An announced statement (JWT) that is newer than the desk's. Absent: none. */
  newest(organisation: string): string | undefined
  /** This gateway's own announcement. Absent: it does not know its addresses yet. */
  own(): Announcement | undefined
  /** Whether an organisation knows this gateway's current addresses. Also true while they are unknown here. */
  isTold(organisation: string): boolean
  /** Records that an organisation has accepted the announcement. */
  told(organisation: string, announcement: Announcement): Promise<void>
}

/** Dependencies of `Reach`. */
export interface ReachOptions {
  readonly directory: Pick<Directory, 'own' | 'peer'>
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  /** Addresses of this gateway. Empty: not known yet. */
  readonly endpoints: () => readonly string[]
}

/** Opens the stored addresses. */
export function openReach({ directory, store, clock, endpoints: own }: ReachOptions): Reach {
  const known = (organisation: string): Addresses => store.read.addresses.find(organisation) ?? NOTHING
  /** Cache of the last announced addresses per organisation, because every turn of a queue asks for them. */
  const toldBy = new Map<string, string>()

  async function keep(organisation: string, change: Partial<Addresses>): Promise<void> {
    await store.commit((write) =>
      write.addresses.put(organisation, { ...(write.addresses.find(organisation) ?? NOTHING), ...change }),
    )
  }

  async function heard(organisation: string, endpoints: readonly string[]): Promise<boolean> {
    const { endpoints: before } = known(organisation)
    const after = [...new Set([...endpoints, ...before])].slice(0, KEPT)
    if (after.join() === before.join()) return false
    await keep(organisation, { endpoints: after })
    return true
  }

  /** The entity key is pinned: a statement that the desk would refuse is not kept. */
  async function isNewer(jwt: string, at: EntityConfiguration): Promise<boolean> {
    const { organisation, entityKey, issuedMs } = at
    const expected = { organisation, entityKey, now: clock.now(), seenIssuedMs: issuedMs + 1 }
    return (
      jwt !== '' &&
      (await verifyEntityConfiguration(jwt, expected).then(
        () => true,
        () => false,
      ))
    )
  }

  return {
    endpoints(organisation) {
      const ofStatement = directory.peer(organisation)?.party.gateway.endpoints ?? []
      return [...new Set([...known(organisation).endpoints, ...ofStatement])]
    },
    async announced(organisation, { endpoints, entityConfiguration }) {
      if (endpoints.length > AT_MOST) throw new RexError('MALFORMED', 'These are too many addresses.')
      for (const endpoint of endpoints) parseAddress(endpoint, 'endpoints')
      const peer = directory.peer(organisation)
      if (peer === undefined) return false
      if (await isNewer(entityConfiguration, peer)) await keep(organisation, { jwt: entityConfiguration })
      return heard(organisation, endpoints)
    },
    async put(organisation, before) {
      const now = directory.peer(organisation)?.party.gateway.endpoints ?? []
      if (before?.party.gateway.endpoints.join() === now.join()) return
      // Keep the previous addresses after the new ones: a statement may be published before its gateway has moved.
      await heard(organisation, before?.party.gateway.endpoints ?? [])
      await heard(organisation, now)
    },
    newest(organisation) {
      const { jwt } = known(organisation)
      const peer = directory.peer(organisation)
      const isNew = jwt !== '' && peer !== undefined && parseEntityConfiguration(jwt).issuedMs > peer.issuedMs
      return isNew ? jwt : undefined
    },
    own() {
      const endpoints = own()
      return endpoints.length === 0
        ? undefined
        : { endpoints, entityConfiguration: directory.own()?.jwt ?? '' }
    },
    isTold(organisation) {
      const endpoints = own().join()
      const told = toldBy.get(organisation) ?? known(organisation).told
      toldBy.set(organisation, told)
      return endpoints === '' || told === endpoints
    },
    async told(organisation, { endpoints }) {
      const told = endpoints.join()
      toldBy.set(organisation, told)
      if (known(organisation).told !== told) await keep(organisation, { told })
    },
  }
}
