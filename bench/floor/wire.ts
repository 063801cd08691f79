// Sends frames with grpc-js alone, over bidirectional byte streams with mutual TLS 1.3. docs/guide/benchmark.md, "Floor"
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js'
import { SUITES, type Suite, toPem } from '@rex/sdk/core'
import type { Specimen, Specimens } from './sizes.ts'

/** TLS identity of a process, and the authority that it trusts. Certificates in DER, the key in PEM. */
export interface Identity {
  readonly certificate: Uint8Array
  readonly privateKey: string
  readonly authority: Uint8Array
}

/** Kinds of frames. */
export const KIND = { envelope: 0, accepted: 1, stored: 2, item: 3, settled: 4 } as const

/** A frame: one message of the floor. */
export interface Frame {
  readonly kind: number
  /** Number of the message; unique for its sender. */
  readonly id: number
  readonly body: Uint8Array
}

/** One end of a stream. */
export interface Stream {
  send(frame: Frame): void
}

type Duplex = ClientDuplexStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>

const HEADER = 5
const FLOW = { 'grpc-node.flow_control_window': 1024 * 1024 }
const same = (bytes: Buffer) => bytes

/** Serves streams at these paths on a free port. Calls `opened` with each stream and its path. Returns the address. */
export async function serveStreams(
  { certificate, privateKey, authority }: Identity,
  paths: Readonly<Record<string, (stream: Stream) => (frame: Frame) => void>>,
): Promise<string> {
  const server = new Server(FLOW)
  const codec = {
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
  }
  const definition = { ...codec, responseSerialize: same, responseDeserialize: same }
  for (const [path, opened] of Object.entries(paths)) {
    server.addService(
      { Stream: { path, ...definition } },
      { Stream: (call: ServerDuplexStream<Buffer, Buffer>) => bind(call, opened) },
    )
  }
  const pair = {
    private_key: Buffer.from(privateKey),
    cert_chain: Buffer.from(toPem('CERTIFICATE', certificate)),
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      '127.0.0.1:0',
      ServerCredentials.createSsl(Buffer.from(toPem('CERTIFICATE', authority)), [pair], true),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    ),
  )
  return `127.0.0.1:${port}`
}

/** Opens a stream. The server certificate is checked against the authority only, because it has no DNS name. */
export function openStream(
  address: string,
  path: string,
  { certificate, privateKey, authority }: Identity,
  receive: (frame: Frame) => void,
): Stream {
  const pem = (der: Uint8Array) => Buffer.from(toPem('CERTIFICATE', der))
  const tls = credentials.createSsl(pem(authority), Buffer.from(privateKey), pem(certificate), {
    checkServerIdentity: () => undefined,
  })
  const call = new Client(address, tls, FLOW).makeBidiStreamRequest(path, same, same)
  return bind(call, () => receive)
}

function bind(call: Duplex, opened: (stream: Stream) => (frame: Frame) => void): Stream {
  const stream: Stream = { send: (frame) => void call.write(toBytes(frame)) }
  const receive = opened(stream)
  call.on('data', (bytes: Buffer) => receive(toFrame(bytes)))
  call.on('error', () => {})
  return stream
}

function toBytes({ kind, id, body }: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + body.length)
  bytes[0] = kind
  bytes.writeUInt32BE(id, 1)
  bytes.set(body, HEADER)
  return bytes
}

function toFrame(bytes: Buffer): Frame {
  return { kind: bytes[0] as number, id: bytes.readUInt32BE(1), body: bytes.subarray(HEADER) }
}

const PREFIX = 3
const ID_BYTES = 4

/** Encodes an envelope: suite, number of receipts (0 for a referral), ids of the acknowledged messages, and padding. */
export function bodyOf(specimens: Specimens, suite: Suite, receipts: readonly number[] = []): Buffer {
  const { envelopeBytes } = specimens[suite][receipts.length > 0 ? 'receipts' : 'referral']
  const body = Buffer.alloc(envelopeBytes)
  body[0] = SUITES.indexOf(suite)
  body.writeUInt16BE(receipts.length, 1)
  receipts.forEach((id, i) => void body.writeUInt32BE(id, PREFIX + i * ID_BYTES))
  return body
}

/** Returns the suite of an envelope. */
export function suiteOf(body: Uint8Array): Suite {
  return SUITES[body[0] as number] as Suite
}

/** Returns whether an envelope contains receipts. */
export function isReceipts(body: Uint8Array): boolean {
  return ((body[1] as number) | (body[2] as number)) !== 0
}

/** Returns the ids of the messages that a batch of receipts acknowledges. */
export function idsOf(body: Uint8Array): number[] {
  const view = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return Array.from({ length: view.readUInt16BE(1) }, (_, i) => view.readUInt32BE(PREFIX + i * ID_BYTES))
}

/** Returns the specimen for an envelope. The prefix of the envelope is enough. */
export function specimenOf(specimens: Specimens, body: Uint8Array): Specimen {
  return specimens[suiteOf(body)][isReceipts(body) ? 'receipts' : 'referral']
}
