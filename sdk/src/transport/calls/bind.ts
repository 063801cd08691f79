// Binds typed services to grpc-js. docs/spec/delivery.md, "Calls"
import type { Buffer } from 'node:buffer'
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import type { Service } from '../service/service.ts'
import { type CallEnvironment, serveStream, serveUnary } from './call.ts'

/** Converts a service to the form of grpc-js. grpc-js only moves bytes, so decoding and encoding errors are answered like any other error. */
export function toGrpc(
  { definition, handlers }: Service,
  environment: CallEnvironment,
): [ServiceDefinition, UntypedServiceImplementation] {
  const methods: Record<string, ServiceDefinition[string]> = {}
  const served: UntypedServiceImplementation = {}
  for (const [name, { requestType, responseType, ...method }] of Object.entries(definition.methods)) {
    const { requestStream, responseStream } = method
    methods[name] = {
      path: `/${definition.fullName}/${method.name}`,
      requestStream,
      responseStream,
      ...BYTES,
    }
    const handler = handlers[name] as Service['handlers'][string]
    const bound = { handler, requestType, responseType }
    served[name] = requestStream ? serveStream(bound, environment) : serveUnary(bound, environment)
  }
  return [methods, served]
}

const same = (bytes: Buffer) => bytes
const BYTES = {
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
}
