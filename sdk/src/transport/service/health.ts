// gRPC health checking v1, of which only Check is implemented. https://github.com/grpc/grpc/blob/master/doc/health-checking.md
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import { RexError } from '../../core/error.ts'
import { type Service, service } from './service.ts'

const SERVING = 1
const NOT_SERVING = 2

const HealthCheckRequest = {
  encode: ({ service }: { service: string }) => {
    const writer = new BinaryWriter()
    return service === '' ? writer : writer.uint32(10).string(service)
  },
  decode: (input: Uint8Array | BinaryReader) => {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input)
    let service = ''
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag()
      if (field === 1) service = reader.string()
      else reader.skip(type)
    }
    return { service }
  },
}

const HealthCheckResponse = {
  encode: ({ status }: { status: number }) => new BinaryWriter().uint32(8).int32(status),
  decode: (input: Uint8Array | BinaryReader) => {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input)
    let status = 0
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag()
      if (field === 1) status = reader.int32()
      else reader.skip(type)
    }
    return { status }
  },
}

/** The health service, in the form of generated code. */
export const HealthDefinition = {
  name: 'Health',
  fullName: 'grpc.health.v1.Health',
  methods: {
    check: {
      name: 'Check',
      requestType: HealthCheckRequest,
      requestStream: false,
      responseType: HealthCheckResponse,
      responseStream: false,
      options: {},
    },
  },
} as const

/** Serves the health of the whole server (empty service name): SERVING until it drains. */
export function health(): Service {
  return service(HealthDefinition, {
    async check(request, { draining }) {
      if (request.service !== '')
        throw new RexError('NOT_FOUND', 'Only the whole server has a health status.')
      return { status: draining.aborted ? NOT_SERVING : SERVING }
    },
  })
}
