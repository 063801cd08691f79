// Starts the listeners of a gateway, and answers health checks. docs/spec/delivery.md, "Connections"
import { join } from 'node:path'
import { FILES } from '../config/config.ts'
import { type Healthz, startHealthz } from '../transport/healthz.ts'
import { listenForEnrolment, listenForOperator, listenForPeers } from '../transport/listeners.ts'
import { openNetworks } from '../trust/networks.ts'
import type { Rooms } from './rooms.ts'
import { newcomerService, operatorService, peerServices, problemsOf } from './services.ts'

/** The running listeners. */
interface Listeners {
  /** Bound address for other gateways and desks. */
  readonly address: string
  /** Bound address for enrolment. */
  readonly enrolAddress: string
  /** Bound address of `/healthz`, or undefined if there is no health listener. */
  readonly healthAddress: string | undefined
  /** Path of the operator's socket. */
  readonly adminSocket: string
  /** Presents the renewed certificate from now on. */
  renewed(): void
  close(): Promise<void>
}

/** Starts the listeners: health, peers and desks, enrolment, operator. @throws RexError ADDRESS_IN_USE, CONFIG_INVALID */
export async function startListeners(rooms: Rooms): Promise<Listeners> {
  const { config, keys, bound, store } = rooms
  await using undo = new AsyncDisposableStack()
  const adminSocket = join(config.dataDir, FILES.admin)
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
  const peers = await listenForPeers(config.listen, peerServices(rooms), onListeners)
  undo.defer(() => peers.close())
  const enrolment = await listenForEnrolment(config.enrolListen, newcomerService(rooms), onListeners)
  undo.defer(() => enrolment.close())
  bound.listen = peers.address
  bound.enrolListen = enrolment.address
  const renewed = () => {
    peers.setIdentity(keys.identity())
    enrolment.setIdentity(keys.identity())
  }
  const operator = await listenForOperator(adminSocket, operatorService(rooms, renewed), onListeners)
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
    adminSocket,
    renewed,
    async close() {
      state = 'The gateway is stopping.'
      await opened.disposeAsync()
    },
  }
}
