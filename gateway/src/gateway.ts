// The gateway: wires its rooms together. Starts from the store up, drains from the listeners down. docs/guide/gateway.md
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import type { Hello } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import {
  DirectoryServiceDefinition,
  EnrolmentServiceDefinition,
  MailboxServiceDefinition,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { LIMITS, RexError, selfTest, thumbprint } from '@rex/sdk/core'
import { type Service, service } from '@rex/sdk/transport'
import type { GatewayProblem } from './admin/problems.ts'
import type { Filling } from './admin/space.ts'
import { findProblems } from './admin/status.ts'
import { createAttempts } from './admission/attempts.ts'
import { createPace } from './admission/pace.ts'
import { createRates } from './admission/rate.ts'
import { openRoom } from './admission/room.ts'
import { type Cancel, type Clock, every, systemClock } from './clock/clock.ts'
import { createGatewayTime, type GatewayTime, keepingTime } from './clock/time.ts'
import { endpointsOf, enrolmentAddress } from './config/addresses.ts'
import { type Config, FILES } from './config/config.ts'
import { type Delivery, startDelivery } from './delivery/delivery.ts'
import { VERSIONS } from './delivery/version.ts'
import { type Credentials, openCredentials } from './enrolment/credentials.ts'
import { createEnrolment, type Enrolment, type NewToken } from './enrolment/enrolment.ts'
import { adminService } from './handlers/admin-service.ts'
import { deliveryService } from './handlers/delivery-service.ts'
import { directoryService } from './handlers/directory-service.ts'
import { enrolmentService, renewalService } from './handlers/enrolment-service.ts'
import { entityService } from './handlers/entity-service.ts'
import { mailboxService } from './handlers/mailbox-service.ts'
import { damageNotice } from './mailbox/damage.ts'
import { type Mailbox, openMailbox } from './mailbox/mailbox.ts'
import { createAccept } from './relay/accept.ts'
import { createOutcomes } from './relay/conclude.ts'
import { createPeerIncarnations } from './relay/peer-incarnations.ts'
import { createSubmit } from './relay/submit.ts'
import { envelopeOf } from './relay/upload.ts'
import { createUrgency, type Urgency } from './relay/urgency.ts'
import { startRetention } from './retention/retention.ts'
import { startPageCheck, startScrub } from './retention/scrub.ts'
import { openSqliteStore } from './store/sqlite/store.ts'
import type { Store } from './store/store.ts'
import { errorFields, type Log, silentLog } from './telemetry/log.ts'
import { createDialler } from './transport/dial.ts'
import { type Healthz, startHealthz } from './transport/healthz.ts'
import { listenForEnrolment, listenForOperator, listenForPeers } from './transport/listeners.ts'
import { type Directory, openDirectory } from './trust/directory.ts'
import { type GatewayKeys, openKeys } from './trust/keys.ts'
import { openNetworks } from './trust/networks.ts'
import { openReach } from './trust/reach.ts'

export { type Config, parseConfig, readConfig } from './config/config.ts'
export { type InitOptions, initGateway, type NewGateway } from './init.ts'
export { restoreGateway } from './restore.ts'
export { createLog, type Log } from './telemetry/log.ts'
export { openLog } from './telemetry/open.ts'

const SWEEP_MS = 1000
const RENEWAL_MS = 60_000
const REVIEW_MS = 60_000

/** Dependencies of a gateway, besides its configuration. */
export interface GatewayOptions {
  /** Default: the system clock. */
  readonly clock?: Clock
  /** Default: no log. */
  readonly log?: Log
  /** Numbers from 0 to 1, for back-off. Default: Math.random. */
  readonly random?: () => number
}

/** A running gateway. */
export interface Gateway extends AsyncDisposable {
  readonly organisation: string
  /** Bound address for other gateways and desks. */
  readonly address: string
  /** Bound address for enrolment. */
  readonly enrolAddress: string
  /** Bound address of `/healthz`. Absent: no health listener. */
  readonly healthAddress?: string | undefined
  /** Path of the operator's socket. */
  readonly adminSocket: string
  /** Creates an enrolment token, valid for one hour and one desk. */
  createToken(name?: string): Promise<NewToken>
  /** Resolves if the disk fails: the gateway acknowledges nothing more, and the process should end. */
  readonly failed: Promise<RexError>
  /** Stops accepting work, finishes work in progress, closes the store. */
  drain(): Promise<void>
}

/**
 * Starts a gateway.
 * @throws RexError STORE_IN_USE, STORE_TOO_NEW, STORE_FULL, STORE_FAILED, ADDRESS_IN_USE, CONFIG_INVALID, CERTIFICATE_INVALID, SELF_TEST_FAILED
 */
export async function startGateway(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
  await selfTest()
  const base = { clock: systemClock, log: silentLog, random: Math.random, ...options }
  await using undo = new AsyncDisposableStack()
  let wakeDesk = () => {}
  let greetAnew = () => {}
  const opened = undo.use(
    openSqliteStore(join(config.dataDir, FILES.store), {
      maxBytes: config.limits.storeBytes,
      now: base.clock.now,
      onDamage(write, damage) {
        write.mailbox.add(damageNotice(damage))
      },
      onDamageKept() {
        base.log.error('store damaged')
        wakeDesk()
        greetAnew()
      },
    }),
  )
  const time = createGatewayTime(base.clock, opened.read.time.kept())
  const store = keepingTime(opened, time)
  const { damage } = store
  if (damage !== undefined) base.log.error('store damaged')
  await store.commit((write) => {
    if (damage !== undefined) write.mailbox.add(damageNotice(damage))
    write.outbox.beginAnew(base.clock.steady())
    write.mailbox.beginAnew()
  })
  const rooms = await openRooms({ ...base, config, store, time })
  undo.defer(() => rooms.delivery.close())
  wakeDesk = rooms.mailbox.wake
  greetAnew = () => rooms.delivery.greetAnew(rooms.directory.peers().map((peer) => peer.organisation))
  const listeners = await startListeners(rooms)
  const stopTasks = startTasks(rooms, listeners)
  rooms.delivery.greet(rooms.directory.peers().map((peer) => peer.organisation))
  base.log.info('started', { organisation: config.organisation, address: listeners.address, build: BUILD })
  undo.move()

  let drained: Promise<void> | undefined
  const drain = async () => {
    stopTasks()
    await listeners.close()
    rooms.delivery.close()
    await store[Symbol.asyncDispose]()
    base.log.info('stopped')
  }
  const stop = () => {
    drained ??= drain()
    return drained
  }
  return {
    organisation: config.organisation,
    address: listeners.address,
    enrolAddress: listeners.enrolAddress,
    healthAddress: listeners.healthAddress,
    adminSocket: listeners.adminSocket,
    createToken: rooms.enrolment.createToken,
    failed: store.failed,
    drain: stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface Base {
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly store: Store
  readonly time: GatewayTime
}

interface Rooms extends Base {
  readonly startedMs: number
  readonly keys: GatewayKeys
  readonly directory: Directory
  readonly mailbox: Mailbox
  readonly delivery: Delivery
  readonly credentials: Credentials
  readonly enrolment: Enrolment
  /** Bound addresses; empty until the listeners run. */
  readonly bound: { listen: string; enrolListen: string }
  readonly urgentOverBudget: Urgency['recent']
  readonly filling: () => Filling
  readonly peerServices: readonly Service[]
}

async function openRooms(base: Base): Promise<Rooms> {
  const { config, clock, log, store, time } = base
  const { organisation, retry, limits } = config
  const bound = { listen: '', enrolListen: '' }
  const keys = await openKeys({ organisation, directory: join(config.dataDir, FILES.keys), clock, time })
  const directory = openDirectory({ organisation, authority: keys.authority.certificate, store, clock, time })
  const endpoints = () => (bound.listen === '' ? [] : endpointsOf(config, bound))
  const reach = openReach({ directory, store, clock, endpoints })
  const mailbox = openMailbox({
    store,
    clock,
    time,
    taken: ({ credential, from }) => log.warn('mailbox taken over', { credential, displaced: from }),
  })
  const credentials = openCredentials({ store, clock, time, release: mailbox.leases.release })
  const hello = () => greeting(store, { clock, window: limits.window })
  const noteIncarnation = createPeerIncarnations({ store, clock, wakeDesk: mailbox.wake })
  const greeted = (peer: string, { incarnation, timeMs }: Pick<Hello, 'incarnation' | 'timeMs'>) => {
    time.greeted(peer, timeMs)
    return noteIncarnation(peer, incarnation)
  }
  const { connectMs } = retry
  const { standing, wake: wakeDesk } = mailbox
  const urgency = createUrgency({ store, clock, standing, wakeDesk })
  const dialler = createDialler({
    directory,
    reach,
    identity: keys.identity,
    hello,
    clock,
    greeted,
    urgentOverBudget: urgency.sent,
    proxy: config.proxy,
    connectMs,
  })
  const delivery = startDelivery({
    ...base,
    limits: { ...retry, window: limits.window, sweepMs: SWEEP_MS },
    dial: dialler.dial,
    isTold: reach.isTold,
    isPaired: (peer) => directory.peer(peer) !== undefined,
    outcomes: createOutcomes({ organisation, store, wakeDesk: mailbox.wake }),
    envelopeOf,
  })
  const enrolment = createEnrolment({
    organisation,
    store,
    clock,
    keys,
    credentials,
    address: () => enrolmentAddress(config, bound),
    identity: () => {
      const own = directory.own()
      return own && thumbprint(own.entityKey)
    },
  })
  const { shares, filling } = openRoom({ ...base, directory })
  const accept = createAccept({
    organisation,
    store,
    clock,
    time,
    receiptSigner: keys.receiptSigner,
    rates: createRates(clock, limits),
    quota: limits,
    shares,
    wakeDesk: mailbox.wake,
  })
  const submit = createSubmit({
    organisation,
    store,
    clock,
    time,
    directory,
    quota: limits,
    shares,
    wakePeers: delivery.wake,
    wakeDesk: mailbox.wake,
  })
  const onRefusal = (peer: string, error: RexError) =>
    log.warn('envelope refused', { peer, ...errorFields(error) })
  const peerServices = [
    service(
      DeliveryServiceDefinition,
      deliveryService({
        accept,
        pace: createPace(clock, limits),
        hello,
        alive: delivery.alive,
        greeted,
        urgentOverBudget: urgency.received,
        onRefusal,
      }),
    ),
    service(EntityServiceDefinition, entityService({ directory, reach, alive: delivery.alive })),
    service(MailboxServiceDefinition, mailboxService({ mailbox, submit })),
    service(
      DirectoryServiceDefinition,
      directoryService({
        directory,
        reach,
        published: dialler.announce,
        keys,
        build: BUILD,
        endpoints: () => endpointsOf(config, bound),
        fetchStatement: dialler.fetchStatement,
        paired: (peer) => delivery.greet([peer]),
        unpaired: delivery.unpaired,
      }),
    ),
    service(RenewalServiceDefinition, renewalService({ enrolment })),
  ]
  return {
    ...base,
    startedMs: clock.now(),
    keys,
    directory,
    mailbox,
    delivery,
    credentials,
    enrolment,
    bound,
    urgentOverBudget: urgency.recent,
    filling,
    peerServices,
  }
}

interface Listeners {
  readonly address: string
  readonly enrolAddress: string
  readonly healthAddress: string | undefined
  readonly adminSocket: string
  readonly renewed: () => void
  close(): Promise<void>
}

async function startListeners(rooms: Rooms): Promise<Listeners> {
  const { config, keys, bound, store } = rooms
  const { organisation } = config
  await using undo = new AsyncDisposableStack()
  const socket = join(config.dataDir, FILES.admin)
  let health: Healthz | undefined
  let state = 'The gateway is starting.'
  let alive = true
  if (config.healthListen !== undefined) {
    health = await startHealthz(config.healthListen, {
      state: () => state,
      alive: () => alive,
      problems: () => problemsOf(rooms),
    })
    undo.defer(health.close)
  }
  const networks = openNetworks(rooms)
  rooms.directory.onChange(networks.reread)
  const onListeners = { ...rooms, networks }
  const peers = await listenForPeers(config.listen, rooms.peerServices, onListeners)
  undo.defer(() => peers.close())
  const newcomers = service(
    EnrolmentServiceDefinition,
    enrolmentService({
      organisation,
      ...rooms,
      attempts: createAttempts(rooms.clock),
      endpoints: () => [...endpointsOf(config, bound)],
    }),
  )
  const enrolment = await listenForEnrolment(config.enrolListen, newcomers, onListeners)
  undo.defer(() => enrolment.close())
  bound.listen = peers.address
  bound.enrolListen = enrolment.address
  const operator = await listenForOperator(
    socket,
    service(AdminServiceDefinition, operatorView(rooms)),
    onListeners,
  )
  undo.defer(() => operator.close())
  state = ''
  void store.failed.then((error) => {
    state = error.message
    alive = false
  })
  const opened = undo.move()
  return {
    address: peers.address,
    enrolAddress: enrolment.address,
    healthAddress: health?.address,
    adminSocket: socket,
    renewed() {
      peers.setIdentity(keys.identity())
      enrolment.setIdentity(keys.identity())
    },
    async close() {
      state = 'The gateway is stopping.'
      await opened.disposeAsync()
    },
  }
}

/** The only source of problems: status, its command and `/healthz` all use it. */
function problemsOf(rooms: Rooms): Promise<GatewayProblem[]> {
  const { config, bound, mailbox, delivery } = rooms
  const { dataDir } = config
  const endpoints = () => endpointsOf(config, bound)
  return findProblems({ ...rooms, dataDir, endpoints, deskSeenMs: mailbox.seenMs, peer: delivery.status })
}

function operatorView(rooms: Rooms): ReturnType<typeof adminService> {
  const { mailbox, keys, bound } = rooms
  return adminService({
    ...rooms,
    build: BUILD,
    addresses: () => bound,
    deskSeenMs: mailbox.seenMs,
    certificateExpiresMs: keys.expiresMs,
    problems: () => problemsOf(rooms),
  })
}

function startTasks(rooms: Rooms, listeners: Listeners): Cancel {
  const { clock, keys, log, store, time } = rooms
  const renew = async () => {
    const why = await keys.renewIfDue()
    if (why === undefined) return
    listeners.renewed()
    if (why === 'due') log.info('certificate renewed')
    else log.warn('certificate replaced: the clock was wrong when it was made')
  }
  let renewing: Promise<void> | undefined
  /** Runs one renewal at a time. A failed renewal, as on a full disk, is retried in the next round and stops nothing. */
  const renewAlone = (): Promise<void> => {
    renewing ??= renew()
      .catch((error: unknown) => log.error('certificate not renewed', errorFields(RexError.from(error))))
      .finally(() => {
        renewing = undefined
      })
    return renewing
  }
  void renewAlone()
  void store.failed.then((error) => log.error('store failed', errorFields(error)))
  const stopRenewal = every(clock, RENEWAL_MS, renewAlone)
  const stopRetention = startRetention({ store, clock, time })
  const stopScrub = startScrub({ store, clock })
  const stopPageCheck = startPageCheck({ store, clock })
  const stopReview = every(clock, REVIEW_MS, time.review)
  return () => {
    stopRenewal()
    stopRetention()
    stopScrub()
    stopPageCheck()
    stopReview()
  }
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

/** Name and version, for people. */
export const BUILD = `rex-gateway/${versionOf(new URL('../package.json', import.meta.url))}`

function versionOf(file: URL): string {
  return JSON.parse(readFileSync(file, 'utf8')).version
}
