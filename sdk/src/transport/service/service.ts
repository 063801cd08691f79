// Typed services over grpc-js: the types of handlers and of their calls. docs/spec/delivery.md, "Calls"
import type { Codec } from '../../core/encoding/encoding.ts'
import { RexError } from '../../core/error.ts'
import type { Peer } from '../network/peer.ts'

/** Properties of a call, for its handler. */
export interface CallContext {
  /** The caller, identified by the TLS connection. `undefined` on listeners without client certificates. */
  readonly caller: Peer | undefined
  /** Network of the caller: an IPv4 address, or the first 64 bits of an IPv6 address. Empty on a local socket. */
  readonly network: string
  /** Aborted when the caller disconnects or cancels, or the deadline passes. */
  readonly signal: AbortSignal
  /** Aborted when the server drains, so that streams end soon. */
  readonly draining: AbortSignal
}

/** A method as generated from its proto file. */
export interface MethodDefinition {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: codecs of any message; handlers are typed by Implementation.
  readonly requestType: Codec<any>
  readonly requestStream: boolean
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly responseType: Codec<any>
  readonly responseStream: boolean
}

/** A service as generated from its proto file. */
export interface Definition {
  readonly fullName: string
  readonly methods: Readonly<Record<string, MethodDefinition>>
}

type Message<Type> = Type extends Codec<infer M> ? M : never

/** A handler, which returns one answer to one request, or a stream of answers to a stream of requests. */
export type Handler<Method extends MethodDefinition> = Method['requestStream'] extends true
  ? (
      requests: AsyncIterable<Message<Method['requestType']>>,
      context: CallContext,
    ) => AsyncIterable<Message<Method['responseType']>>
  : (
      request: Message<Method['requestType']>,
      context: CallContext,
    ) => Promise<Message<Method['responseType']>>

/** The handlers of a service. A thrown RexError reaches the caller as it is, any other error as INTERNAL without a cause. */
export type Implementation<Service extends Definition> = {
  readonly [Name in keyof Service['methods']]: Handler<Service['methods'][Name]>
}

/** A service with its handlers. */
export interface Service {
  readonly definition: Definition
  // biome-ignore lint/suspicious/noExplicitAny: `service` has checked the types.
  readonly handlers: Readonly<Record<string, (request: any, context: CallContext) => any>>
}

/** Binds a service to its handlers. */
export function service<const Type extends Definition>(
  definition: Type,
  handlers: Implementation<Type>,
): Service {
  return { definition, handlers }
}

/** Returns the caller's certificate and URI name. @throws RexError UNAUTHENTICATED on listeners without client certificates */
export function peerCertificate({ caller }: CallContext): {
  readonly leaf: Uint8Array
  readonly uri: string
} {
  if (!caller) throw new RexError('UNAUTHENTICATED', 'The call came without a client certificate.')
  return { leaf: caller.certificate.der, uri: caller.uri }
}
