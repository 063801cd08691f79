// Opens the components (rooms) of a gateway. Each depends only on components on lower floors. docs/architecture.md
import { join } from 'node:path'
import type { Hello } from '@rex/proto/federation/v1/delivery'
import { LIMITS } from '@rex/sdk/core'
import { openRoom, type Room } from '../admission/room.ts'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import { endpointsOf, enrolmentAddress } from '../config/addresses.ts'
import { type Config, FILES } from '../config/config.ts'
import { type Delivery, startDelivery } from '../delivery/delivery.ts'
import { VERSIONS } from '../delivery/version.ts'
import { type Credentials, openCredentials } from '../enrolment/credentials.ts'
import { createEnrolment, type Enrolment } from '../enrolment/enrolment.ts'
import { type Mailbox, openMailbox } from '../mailbox/mailbox.ts'
import { createStatementNews } from '../mailbox/statement-news.ts'
import { createOutcomes } from '../relay/conclude.ts'
import { createPeerIncarnations } from '../relay/peer-incarnations.ts'
import { envelopeOf } from '../relay/upload.ts'
import { createUrgency, type Urgency } from '../relay/urgency.ts'
import type { Store } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import { Dialler } from '../transport/dial.ts'
import { type Directory, openDirectory } from '../trust/directory.ts'
import { type GatewayKeys, openKeys } from '../trust/keys.ts'
import { Reach } from '../trust/reach.ts'
import { BUILD } from './build.ts'

const SWEEP_MS = 1000

/** Dependencies that all rooms of a gateway share. */
interface Base {
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly store: Store
  readonly time: GatewayTime
}

/** Components with the organisations, their keys and their addresses. */
interface Trust extends Base {
  readonly keys: GatewayKeys
  readonly directory: Directory
  readonly reach: Reach
  /** Bound addresses, which are empty until the listeners run. */
  readonly bound: { listen: string; enrolListen: string }
  /** Addresses at which other gateways reach this gateway. */
  readonly endpoints: () => readonly string[]
}

/** Rooms that serve this gateway's desks. */
interface ForDesk {
  readonly mailbox: Mailbox
  readonly credentials: Credentials
  readonly enrolment: Enrolment
  readonly urgency: Urgency
}

/** Rooms that serve the gateways of other organisations. */
interface ForPeers {
  /** This gateway's current greeting. */
  readonly hello: () => Hello
  /** Called when a gateway has greeted, on either side of a stream. */
  readonly greeted: (organisation: string, greeting: Pick<Hello, 'incarnation' | 'timeMs'>) => Promise<void>
  readonly dialler: Dialler
  readonly delivery: Delivery
}

/** All rooms of a running gateway. */
export interface Rooms extends Trust, ForDesk, ForPeers, Room {
  /** Notifies the desk of a newer statement of an organisation, or that the gateway's part of the desk's own statement has changed. */
  readonly news: (organisation: string) => Promise<void>
  /** Unix milliseconds. */
  readonly startedMs: number
}

/** Opens the rooms, and begins to deliver waiting mail. @throws RexError CONFIG_INVALID, CERTIFICATE_INVALID, STORE_FAILED */
export async function openRooms(base: Base): Promise<Rooms> {
  const trust = await openTrust(base, (organisation) => news(organisation))
  const forDesk = openForDesk(trust)
  const news = createStatementNews({ ...base, wakeDesk: forDesk.mailbox.wake })
  // Apply the statement again, because the gateway may have stopped before it changed its key, or been restored with a replaced key.
  const madeNext = await trust.keys.receipts.published(trust.directory.own()?.party.gateway.receiptKeys)
  if (madeNext) await news(base.config.organisation)
  const forPeers = openForPeers({ ...trust, ...forDesk })
  return { ...trust, ...forDesk, ...forPeers, ...openRoom(trust), news, startedMs: base.clock.now() }
}

async function openTrust(base: Base, newer: (organisation: string) => Promise<void>): Promise<Trust> {
  const { config, clock, store, time } = base
  const { organisation } = config
  const bound = { listen: '', enrolListen: '' }
  const keys = await openKeys({ organisation, directory: join(config.dataDir, FILES.keys), clock, time })
  const authority = () => keys.authority().certificate
  const directory = openDirectory({ organisation, authority, store, clock, time })
  const endpoints = () => endpointsOf(config, bound)
  const known = () => (bound.listen === '' ? [] : endpoints())
  const reach = new Reach({ directory, store, clock, time, endpoints: known, newer })
  return { ...base, keys, directory, reach, bound, endpoints }
}

function openForDesk({ config, clock, log, store, time, keys, directory, bound }: Trust): ForDesk {
  const mailbox = openMailbox({
    store,
    clock,
    time,
    taken: ({ credential, from }) => log.warn('mailbox taken over', { credential, displaced: from }),
  })
  const { leases, standing, wake } = mailbox
  const credentials = openCredentials({ store, clock, time, release: leases.release })
  const enrolment = createEnrolment({
    organisation: config.organisation,
    store,
    clock,
    keys,
    credentials,
    address: () => enrolmentAddress(config, bound),
    published: directory.own,
  })
  return {
    mailbox,
    credentials,
    enrolment,
    urgency: createUrgency({ store, clock, standing, wakeDesk: wake }),
  }
}

function openForPeers(below: Trust & ForDesk): ForPeers {
  const { config, clock, store, time, keys, directory, reach, mailbox, urgency } = below
  const { organisation, retry, limits, proxy } = config
  const hello = () => greeting(store, { clock, window: limits.window })
  const noteIncarnation = createPeerIncarnations({ store, clock, wakeDesk: mailbox.wake })
  const greeted: ForPeers['greeted'] = (peer, { incarnation, timeMs }) => {
    time.greeted(peer, timeMs)
    return noteIncarnation(peer, incarnation)
  }
  const dialler = new Dialler({
    directory,
    reach,
    identity: keys.identity,
    nextIdentity: keys.nextIdentity,
    hello,
    clock,
    greeted,
    urgentOverBudget: urgency.sent,
    proxy,
    connectMs: retry.connectMs,
  })
  const delivery = startDelivery({
    ...below,
    limits: { ...retry, window: limits.window, sweepMs: SWEEP_MS },
    dial: (peer, signal) => dialler.dial(peer, signal),
    isInformed: (peer) => reach.isInformed(peer),
    isPaired: (peer) => directory.peer(peer) !== undefined,
    outcomes: createOutcomes({ organisation, store, wakeDesk: mailbox.wake }),
    envelopeOf,
  })
  return { hello, greeted, dialler, delivery }
}

function greeting(store: Store, { clock, window }: { clock: Clock; window: number }): Hello {
  return {
    versions: [...VERSIONS],
    maxEnvelopeBytes: LIMITS.envelope,
    window,
    build: BUILD,
    incarnation: store.read.incarnations.own(),
    timeMs: clock.now(),
  }
}
