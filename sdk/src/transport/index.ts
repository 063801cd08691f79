// Entry point @rex/sdk/transport: gRPC clients and servers, for the desk client and the gateway. docs/spec/delivery.md
export { type Address, formatAddress, parseAddress } from './address.ts'
export { type Allowance, createAllowance } from './allowance.ts'
export { BATCH_BYTES, batches } from './batch.ts'
export { CONNECTION, type OpenChannel, openChannel, openLocalChannel } from './channel.ts'
export { createClient, type DeadlineOptions, waitUntilConnected } from './client.ts'
export { createServerOverhead, overheadExceeded, type ServerOverhead } from './dialled.ts'
export { type EnrolmentChannel, type OpenEnrolmentChannel, openEnrolmentChannel } from './enrolment.ts'
export type { KnownNetworks } from './handshakes.ts'
export { HealthDefinition } from './health.ts'
export { CALL_MS, LISTENER_LIMITS, type ListenerLimits, MAX_MESSAGE } from './limits.ts'
export { checkAddress, checkSocketPath, type ListenAddress } from './listener.ts'
export type { Peer, TrustedPeer } from './peer.ts'
export { type HttpProxy, parseProxy } from './proxy.ts'
export { type CreateServer, createServer, type Server } from './server.ts'
export {
  type CallContext,
  type Handler,
  type Implementation,
  peerCertificate,
  type Service,
  service,
} from './service.ts'
export {
  ERROR_TRAILER,
  fromClientError,
  fromErrorDetail,
  type RenderedError,
  renderError,
  toErrorDetail,
} from './status.ts'
export { createQueue, type Queue } from './stream.ts'
export type { TlsIdentity } from './tls.ts'
