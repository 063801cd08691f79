// Outgoing connections: TLS 1.3 to a server identified by its organisation, never by its DNS name. docs/spec/delivery.md, "Connections"
import { isIP, type Socket } from 'node:net'
import { createSecureContext, type PeerCertificate } from 'node:tls'
import { Channel, ChannelCredentials, type ChannelOptions, connectivityState } from '@grpc/grpc-js'
import { type Address, formatAddress, parseAddress } from '../../core/address.ts'
import { RexError } from '../../core/error.ts'
import { checkAnyChain } from '../../core/pki/chain.ts'
import { CONNECTION, MAX_MESSAGE } from '../limits/limits.ts'
import { silenceGrpc } from '../network/silence.ts'
import { contextOptions, type TlsIdentity } from '../network/tls.ts'
import { createServerOverhead, type ServerOverhead, watchDialled } from './dialled.ts'
import { parseProxy } from './proxy.ts'
import { openTunnel } from './tunnel.ts'

const RECONNECT = { firstMs: 1_000, mostMs: 30_000 }
const FLOW_WINDOW = 1024 * 1024
const SESSION_MEGABYTES = 64
/** Server name to send for an IP address, because SNI does not allow IP addresses (RFC 6066, section 3). */
const NO_NAME = 'gateway.invalid'

/** The address to connect to, the server to expect, and this side's identity. */
export interface OpenChannel {
  /** `host:port`. */
  readonly address: string
  /** Entity identifier that the server's certificate must contain. */
  readonly organisation: string
  /** Pinned certification authority of that organisation, DER. */
  readonly authority: Uint8Array
  /** Another authority of that organisation that may have issued the certificate while the authority changes (REX-ID-080). Default: none. */
  readonly nextAuthority?: Uint8Array | undefined
  /** This side's certificate. Default: none, which only an enrolment listener accepts. */
  readonly identity?: TlsIdentity
  /** HTTP proxy, `http://[user:password@]host:port`. Default: none; environment variables are ignored (T-073). */
  readonly proxy?: string
  /** Maximum time of one connection attempt, until HTTP/2 is established, in milliseconds. Default: 10 000. */
  readonly connectMs?: number
  /** Clock, Unix milliseconds. Default: the system's. */
  readonly now?: () => number
  /** Budget for unsolicited traffic from servers, if channels share it. Default: a separate budget for this channel. */
  readonly overhead?: ServerOverhead
  /** Called when the server was disconnected for exceeding its budget. Default: nothing is called. */
  readonly onOverhead?: (error: RexError) => void
}

/**
 * Opens a channel, which connects on the first call and reconnects automatically. The server must prove the pinned authority and its organisation
 * (REX-ID-051; T-028, T-072). A server that sends too much unsolicited traffic is disconnected. @throws RexError MALFORMED, CERTIFICATE_INVALID
 */
export function openChannel(options: OpenChannel): Channel {
  silenceGrpc()
  const address = parseAddress(options.address)
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy)
  const { organisation, overhead = createServerOverhead(), onOverhead = () => {} } = options
  const connectMs = options.connectMs ?? CONNECTION.connectMs
  const tunnel =
    proxy &&
    ((socket: Socket) => openTunnel(socket, { address, proxy, signal: AbortSignal.timeout(connectMs) }))
  const watch = watchDialled(credentials(options), { organisation, overhead, tunnel, onOverhead })
  const channel = new Channel(
    `dns:${formatAddress(proxy?.address ?? address)}`,
    watch.credentials,
    channelOptions(address, connectMs),
  )
  watch.counts(channel)
  return channel
}

/** Calls back once if the channel fails to connect. */
export function whenUnreachable(channel: Channel, then: () => void): void {
  const state = channel.getConnectivityState(false)
  if (state === connectivityState.SHUTDOWN) return
  if (state === connectivityState.TRANSIENT_FAILURE) {
    then()
    return
  }
  channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, (error) => {
    if (error === undefined) whenUnreachable(channel, then)
  })
}

/** Opens a channel to a local socket, such as the operators' socket. */
export function openLocalChannel(path: string): Channel {
  silenceGrpc()
  return new Channel(`unix:${path}`, ChannelCredentials.createInsecure(), COMMON)
}

function credentials(options: OpenChannel): ChannelCredentials {
  const context = createSecureContext(contextOptions(options.identity, authoritiesOf(options)))
  return ChannelCredentials.createFromSecureContext(context, {
    rejectUnauthorized: true,
    checkServerIdentity: (_name, certificate) => checkServer(options, certificate),
  })
}

/** Returns an error if a server's certificate does not belong to the expected organisation. */
export function checkServer(options: OpenChannel, certificate: PeerCertificate): Error | undefined {
  const { organisation, now = Date.now } = options
  const check = { leaf: certificate.raw, organisation, usage: 'gateway' as const, now: now() }
  try {
    checkAnyChain(check, authoritiesOf(options))
    return undefined
  } catch (error) {
    return RexError.from(error)
  }
}

/** Returns the authorities that may have issued a server's certificate. */
export function authoritiesOf({
  authority,
  nextAuthority,
}: Pick<OpenChannel, 'authority' | 'nextAuthority'>): Uint8Array[] {
  return nextAuthority === undefined ? [authority] : [authority, nextAuthority]
}

const COMMON: ChannelOptions = {
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_send_message_length': MAX_MESSAGE,
  'grpc.max_receive_message_length': MAX_MESSAGE,
  'grpc.initial_reconnect_backoff_ms': RECONNECT.firstMs,
  'grpc.max_reconnect_backoff_ms': RECONNECT.mostMs,
  'grpc-node.flow_control_window': FLOW_WINDOW,
  'grpc-node.max_session_memory': SESSION_MEGABYTES,
}

function channelOptions(address: Address, connectMs: number): ChannelOptions {
  return {
    ...COMMON,
    'grpc.keepalive_time_ms': CONNECTION.keepaliveMs,
    'grpc.keepalive_timeout_ms': CONNECTION.keepaliveTimeoutMs,
    'grpc.min_reconnect_backoff_ms': connectMs,
    'grpc.default_authority': formatAddress(address),
    'grpc.ssl_target_name_override': isIP(address.host) ? NO_NAME : address.host,
  }
}
