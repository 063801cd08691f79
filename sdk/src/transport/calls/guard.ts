// Protects handlers from compression, endless requests and unread answers, which grpc-js does not limit. docs/spec/delivery.md, "Calls"
import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js'
import type { Arrivals } from './arrival.ts'
import type { Departures } from './departure.ts'

/** The parts that enforce the limits on arriving messages and on unread answers. */
export interface Watches {
  readonly arrivals: Arrivals
  readonly departures: Departures
}

/**
 * Refuses compression, because sealed bytes do not shrink and compression bombs would expand (T-064). Limits the arrival of messages and the
 * departure of answers, and refuses unary requests that are incomplete after `requestMs` (T-065, T-129).
 */
export function guard(requestMs: number, { arrivals, departures }: Watches): ServerInterceptor {
  return (method, call) => {
    if (encodingOf(call) !== 'identity') return refusing(call)
    arrivals.watch(call)
    departures.watch(call)
    return method.requestStream ? (call as ServerInterceptingCall) : hurrying(call, requestMs)
  }
}

/** Returns the encoding (compression) that the header of a call states. grpc-js keeps it only in this field. */
function encodingOf(call: ServerInterceptingCallInterface): unknown {
  return Reflect.get(call, 'incomingEncoding')
}

function refusing(call: ServerInterceptingCallInterface): ServerInterceptingCall {
  return new ServerInterceptingCall(call, {
    start(next) {
      next()
      call.sendStatus({ code: status.UNIMPLEMENTED, details: 'Compression is not supported.' })
    },
  })
}

function hurrying(call: ServerInterceptingCallInterface, requestMs: number): ServerInterceptingCall {
  return new ServerInterceptingCall(call, {
    start(next) {
      const late = { code: status.DEADLINE_EXCEEDED, details: 'The request took too long.' }
      const timer = setTimeout(() => call.sendStatus(late), requestMs)
      next({
        onReceiveMetadata: (metadata, pass) => pass(metadata),
        onReceiveMessage: (message, pass) => pass(message),
        onReceiveHalfClose(pass) {
          clearTimeout(timer)
          pass()
        },
        onCancel: () => clearTimeout(timer),
      })
    },
  })
}
