// Starts the gateway's listeners: for peers and desks, for enrolment, and for the operator. docs/spec/delivery.md, "Connections"
import { type Certificate, RexError } from '@rex/sdk/core'
import {
  authoritiesOf,
  type CreateServer,
  createServer,
  type KnownNetworks,
  type ListenerLimits,
  type Peer,
  type Server,
  type Service,
  type TrustedPeer,
} from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { Credentials } from '../enrolment/credentials.ts'
import { errorFields, type Log } from '../telemetry/log.ts'
import type { Directory } from '../trust/directory.ts'
import type { GatewayKeys } from '../trust/keys.ts'
import { authorised } from './authorise.ts'
import { observed } from './observe.ts'

/**
 * Limits of the enrolment listener. It permits only few connections, for a short time and with few bytes,
 * because anyone may connect. An enrolment needs two connections. Handshake limits admit twelve enrolments in
 * a row from one network; overhead limits admit one per second in the long run.
 */
const ENROLMENT_LIMITS: Partial<ListenerLimits> = {
  connections: 64,
  handshakes: { atOnce: 16, perSecond: 10 },
  handshakesPerNetwork: { atOnce: 4, perSecond: 5 },
  streams: 4,
  calls: { perSecond: 2, burst: 40 },
  messageBytes: 64 * 1024,
  overheadPerSecond: 512 * 1024,
  overheadBurst: 8 * 1024 * 1024,
  idleMs: 30_000,
}

/** Dependencies of listeners. */
interface ListenerOptions {
  readonly directory: Directory
  readonly keys: GatewayKeys
  readonly networks: KnownNetworks
  readonly credentials: Pick<Credentials, 'saw' | 'isRevoked' | 'isRecorded' | 'onRevoked'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'judging'>
  readonly log: Log
}

/** Starts the listener for gateways of paired organisations and enrolled desks. */
export async function listenForPeers(
  listen: string,
  services: readonly Service[],
  options: ListenerOptions,
): Promise<Server> {
  const { directory, keys, clock, log, credentials } = options
  const called = ({ usage, certificate }: Peer) => {
    if (usage === 'desk') credentials.saw(certificate)
  }
  const peers = () => trusted(directory, keys, credentials)
  const server = await start(options, {
    listen,
    identity: keys.identity(),
    peers: peers(),
    services: services.map((service) => observed(authorised(service, called), { log, clock })),
  })
  directory.onChange(() => server.setPeers(peers()))
  credentials.onRevoked(() => server.setPeers(peers()))
  keys.onChange(() => server.setPeers(peers()))
  return server
}

/** Starts the listener for desks that have a token but no certificate yet. */
export function listenForEnrolment(
  listen: string,
  service: Service,
  options: ListenerOptions,
): Promise<Server> {
  const { keys } = options
  return start(options, {
    listen,
    identity: keys.identity(),
    services: [observed(service, options)],
    limits: ENROLMENT_LIMITS,
  })
}

/** Starts the operator's listener: a local socket that only the gateway's own user may open. */
export function listenForOperator(path: string, service: Service, options: ListenerOptions): Promise<Server> {
  return start(options, { listen: { path }, services: [observed(service, options)] })
}

async function start({ time, log, networks }: ListenerOptions, server: CreateServer): Promise<Server> {
  try {
    return await createServer({
      ...server,
      now: time.judging,
      networks,
      onRefusal: (error, address) => refused(log, error, address),
      onFault: (error) => log.error('fault in a call', errorFields(error)),
    })
  } catch (cause) {
    const { reason, message, path, hint } = RexError.from(cause)
    const address = typeof server.listen === 'string' ? server.listen : server.listen.path
    const text = message.includes(address) ? message : `${address}: ${message}`
    throw new RexError(reason, text, { cause, hint, ...(path !== undefined && { path }) })
  }
}

/** Logs refused clients. A client that leaves during the handshake was not refused: every enrolling desk does so after seeing the certificate. */
function refused(log: Log, error: unknown, address: string): void {
  const { code } = error as { code?: unknown }
  if (code === 'ECONNRESET') log.debug('connection left', { address })
  else log.info('connection refused', { address, ...errorFields(error) })
}

/** Trusts desks of the organisation served and gateways of paired organisations. */
function trusted(
  directory: Directory,
  keys: GatewayKeys,
  { isRevoked, isRecorded }: ListenerOptions['credentials'],
): TrustedPeer[] {
  const { organisation } = directory
  const peers = directory.peers().flatMap((peer) =>
    authoritiesOf(peer.party.gateway).map((authority) => ({
      organisation: peer.organisation,
      usage: 'gateway' as const,
      authority,
    })),
  )
  const byFormer = (certificate: Certificate) => isRevoked(certificate) || !isRecorded(certificate)
  const desks = keys.deskAuthorities().map((authority, i) => ({
    ...{ organisation, usage: 'desk' as const, authority, revoked: i === 0 ? isRevoked : byFormer },
  }))
  return [...desks, ...peers]
}
