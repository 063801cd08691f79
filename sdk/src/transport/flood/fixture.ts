// A server in a separate process whose memory and processor time can be measured, and hand-made HTTP/2 frames (RFC 9113).
import { Buffer } from 'node:buffer'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import type { ListenerLimits } from '../limits/limits.ts'
import { createServer } from '../listening/server.ts'
import type { TrustedPeer } from '../network/peer.ts'
import type { TlsIdentity } from '../network/tls.ts'
import { service } from '../service/service.ts'

/** Settings of the server. */
interface VictimOptions {
  readonly identity: TlsIdentity
  readonly peers: readonly TrustedPeer[]
  readonly limits?: Partial<ListenerLimits>
}

/** Resource use of the server after a garbage collection. */
interface Vitals {
  /** Resident memory, bytes. */
  readonly memory: number
  /** Peak resident memory so far, bytes. */
  readonly peak: number
  /** Processor time used, milliseconds. */
  readonly cpuMs: number
  /** Certificate names of connected peers. */
  readonly connected: readonly string[]
  /** Messages of all refusals. */
  readonly refusals: readonly string[]
}

/** A server under attack. */
export interface Victim {
  readonly address: string
  vitals(): Promise<Vitals>
  kill(): void
}

/** Starts the server. */
export async function startVictim(options: VictimOptions): Promise<Victim> {
  const child = fork(fileURLToPath(import.meta.url), {
    execArgv: ['--conditions=@rex/source', '--expose-gc', '--no-warnings'],
    serialization: 'advanced',
  })
  const ask = async <T>(question: unknown) => {
    child.send(question as object)
    return (await once(child, 'message'))[0] as T
  }
  const address = await ask<string>(options)
  return { address, vitals: () => ask<Vitals>('vitals'), kill: () => child.kill() }
}

async function runVictim(parent: NodeJS.Process | ChildProcess): Promise<void> {
  const [options] = (await once(parent, 'message')) as [VictimOptions]
  const refusals: string[] = []
  const server = await createServer({
    ...options,
    listen: '127.0.0.1:0',
    services: [
      service(EntityServiceDefinition, {
        getEntityConfiguration: async () => ({ entityConfiguration: 'x' }),
        announce: async () => ({}),
      }),
      service(DeliveryServiceDefinition, {
        async *deliver(requests) {
          for await (const _ of requests) yield { content: undefined }
        },
      }),
    ],
    onRefusal: (error) => refusals.push(String(error)),
  })
  parent.on('message', () => {
    globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    const vitals: Vitals = {
      memory: process.memoryUsage.rss(),
      peak: process.resourceUsage().maxRSS * 1024,
      cpuMs: (user + system) / 1000,
      connected: server.connected().map(({ uri }) => uri),
      refusals,
    }
    parent.send?.(vitals)
  })
  parent.send?.(server.address)
}

/** Returns the ClientHello of a TLS client. The server answers it and waits for the rest of the handshake. */
export function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({ read() {}, write: (bytes: Buffer) => resolve(bytes) })
    connectTls({ socket: wire, rejectUnauthorized: false, ALPNProtocols: ['h2'] }).on('error', () => {})
  })
}

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
} as const

/** Encodes one HTTP/2 frame. */
export function httpFrame(
  type: number,
  flags: number,
  id: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header.writeUInt8(type, 3)
  header.writeUInt8(flags, 4)
  header.writeUInt32BE(id, 5)
  return Buffer.concat([header, payload])
}

/** Returns the connection preface of an HTTP/2 client (RFC 9113, section 3.4). */
export function preface(): Buffer {
  return Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), httpFrame(FRAME.settings, 0, 0)])
}

/** Encodes a literal header field without indexing: the prefix with its name, then its value. */
export function literal(prefix: readonly number[], value: string): Buffer {
  return Buffer.from([...prefix, value.length, ...Buffer.from(value)])
}

/** The header fields of a Deliver call. */
export const CALL_HEADERS = Buffer.concat([
  Buffer.from([0x83, 0x87]),
  literal([0x04], '/rex.federation.v1.DeliveryService/Deliver'),
  literal([0x01], 'a.example'),
  literal([0x0f, 0x10], 'application/grpc'),
])

/** Encodes a HEADERS frame that opens a Deliver call without ending it. */
export function openCall(id: number): Buffer {
  return httpFrame(FRAME.headers, 4, id, CALL_HEADERS)
}

/** Encodes 32 bits, big-endian. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runVictim(process)
