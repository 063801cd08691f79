// Entry point @rex/sdk/transport: gRPC clients and servers, for the desk client and the gateway. docs/spec/delivery.md

export { type Address, formatAddress, parseAddress } from '../core/address.ts'
export { authoritiesOf, type OpenChannel, openChannel, openLocalChannel } from './calling/channel.ts'
export { createClient, type DeadlineOptions, waitUntilConnected } from './calling/client.ts'
export { createServerOverhead, overheadExceeded, type ServerOverhead } from './calling/dialled.ts'
export {
  type EnrolmentChannel,
  type OpenEnrolmentChannel,
  openEnrolmentChannel,
} from './calling/enrolment.ts'
export { type HttpProxy, parseProxy } from './calling/proxy.ts'
export { type Allowance, createAllowance } from './limits/allowance.ts'
export { CALL_MS, CONNECTION, LISTENER_LIMITS, type ListenerLimits, MAX_MESSAGE } from './limits/limits.ts'
export { Turns } from './limits/turns.ts'
export type { KnownNetworks } from './listening/handshakes.ts'
export { checkAddress, checkSocketPath, type ListenAddress } from './listening/listen.ts'
export { type CreateServer, createServer, type Server } from './listening/server.ts'
export { BATCH_BYTES, batches } from './messages/batch.ts'
export { createQueue, type Queue } from './messages/queue.ts'
export {
  ERROR_TRAILER,
  fromClientError,
  fromErrorDetail,
  type RenderedError,
  renderError,
  toErrorDetail,
} from './messages/status.ts'
export type { Peer, TrustedPeer } from './network/peer.ts'
export type { TlsIdentity } from './network/tls.ts'
export { HealthDefinition } from './service/health.ts'
export {
  type CallContext,
  type Handler,
  type Implementation,
  peerCertificate,
  type Service,
  service,
} from './service/service.ts'
