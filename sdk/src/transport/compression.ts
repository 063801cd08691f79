// No compression: sealed bytes do not shrink, and bombs do (T-064). docs/spec/delivery.md, "Calls"
import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js'

/** Refuses calls that announce a compression of their messages. */
export const refuseCompression: ServerInterceptor = (_method, call) => {
  if (encodingOf(call) === 'identity') return call as ServerInterceptingCall
  return new ServerInterceptingCall(call, {
    start(next) {
      next()
      call.sendStatus({ code: status.UNIMPLEMENTED, details: 'Compression is not supported.' })
    },
  })
}

/** grpc-js removes the header from the metadata and keeps it here only. */
function encodingOf(call: ServerInterceptingCallInterface): unknown {
  return Reflect.get(call, 'incomingEncoding') ?? 'identity'
}
