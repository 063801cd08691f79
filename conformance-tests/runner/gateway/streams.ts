// Steps on connections, calls and streams to the gateway under test.
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import {
  DirectoryServiceDefinition,
  EnrolmentServiceDefinition,
  MailboxServiceDefinition,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { within } from '../../peer/events.ts'
import { type Connection, connect, Refused } from '../../peer/grpc/client.ts'
import { type CallEnd, type Method, reasonOf, type Service } from '../../peer/grpc/messages.ts'
import { BadFile } from '../../suite/read.ts'
import { choice, flattened } from './values.ts'
import type { CertificateSetting, OpenStream, World } from './world.ts'

/** Input of a step: its members, with references replaced by their values. */
// biome-ignore lint/suspicious/noExplicitAny: a case may put anything anywhere
export type Input = any
/** A function that runs a step and returns its result. */
export type Verb = (world: World, input: Input) => Promise<unknown>

const SERVICES = [
  DeliveryServiceDefinition,
  EntityServiceDefinition,
  MailboxServiceDefinition,
  DirectoryServiceDefinition,
  RenewalServiceDefinition,
  EnrolmentServiceDefinition,
]
const METHODS = new Map<string, { service: Service; method: Method<never, unknown> }>(
  SERVICES.flatMap((service) =>
    Object.values(service.methods).map(
      (method) => [method.name, { service, method: method as never }] as const,
    ),
  ),
)

/** Returns the end of a call as the result of a step. */
export function ending({ status, detail, message, canonical }: CallEnd): object {
  if (detail === undefined) return { status, message }
  const metadata = Object.fromEntries(detail.metadata.map(({ key, value }) => [key, value]))
  return { status, reason: reasonOf(detail), retryable: detail.retryable, metadata, canonical }
}

/** Returns a refusal in an answer as the result of a step. */
export function refusal(detail: ErrorDetail): object {
  const metadata = Object.fromEntries(detail.metadata.map(({ key, value }) => [key, value]))
  return { reason: reasonOf(detail), retryable: detail.retryable, metadata }
}

/** Waits for a promise, within the time limit of a step. @throws Late */
export function inTime<T>(world: World, what: string, waiting: Promise<T>): Promise<T> {
  return within(world.limitMs, what, waiting)
}

/** Connects to the gateway as the desk or as a peer. Rejects if the connection fails. */
export async function connectAs(
  world: World,
  { by, window, ...how }: { by: string; certificate?: CertificateSetting; tls?: object; window?: number },
): Promise<Connection> {
  if (by === 'desk' && how.certificate === undefined && how.tls === undefined && window === undefined)
    return world.deskConnection()
  return connect({ ...world.dial(by, how), ...(window !== undefined && { window }) })
}

export function methodOf(name: string): { service: Service; method: Method<never, unknown> } {
  const found = METHODS.get(name)
  if (found === undefined) throw new BadFile(`There is no method ${name}.`)
  return found
}

export function streamOf(world: World, name: string): OpenStream {
  const stream = world.streams.get(name)
  if (stream === undefined) throw new BadFile(`The case has no stream ${name}.`)
  return stream
}

/** Reads the next answer on a stream, or returns how the stream ended. */
export async function nextOn(world: World, { call }: OpenStream, what: string): Promise<Input> {
  const answer = await inTime(world, what, call.read())
  return answer === undefined ? { ended: ending(await call.ended) } : flattened(answer)
}

export const STREAM_VERBS: Readonly<Record<string, Verb>> = {
  /** Connects and closes the connection again, to test the handshake. */
  async connect(world, input) {
    try {
      const connection = await connectAs(world, input)
      const { alpnProtocol } = connection.socket
      const certificate = connection.socket.getPeerX509Certificate()
      const result = {
        connected: true,
        protocol: connection.socket.getProtocol(),
        alpn: alpnProtocol,
        fromMs: certificate?.validFromDate.getTime(),
        untilMs: certificate?.validToDate.getTime(),
      }
      if (input.by !== 'desk' || input.certificate || input.tls) connection.close()
      return result
    } catch (error) {
      return { refused: (error as Error).message }
    }
  },
  /** Makes a unary call. */
  async call(world, input) {
    const { service, method } = methodOf(input.method)
    let connection: Connection | undefined
    try {
      connection = await connectAs(world, input)
      const request = { ...(method.requestType.decode(new Uint8Array()) as object), ...input.request }
      const answer = connection.call(service, method, request as never)
      return { ok: flattened(await inTime(world, `an answer to ${input.method}`, answer)) }
    } catch (error) {
      if (error instanceof Refused) return { refused: ending(error.end) }
      if (connection !== undefined) throw error
      return { refused: { status: 'HANDSHAKE', message: (error as Error).message } }
    } finally {
      if (input.by !== 'desk' || input.certificate) connection?.close()
    }
  },
  /** Opens a stream on the connection of the stream `on`. Without `on`, opens a new connection as `by`. */
  async open(world, input) {
    const { service, method } = methodOf(input.method)
    const connection = input.on ? streamOf(world, input.on).connection : await connectAs(world, input)
    const call = connection.open(service, method, input.headers)
    world.streams.set(input.stream, { call, connection })
    return {}
  },
  /** Writes one message: `message` (its choice and value), a whole `request`, or raw `bytes`. */
  async write(world, { on, message, request, bytes, compressed }) {
    const { call } = streamOf(world, on)
    if (bytes !== undefined) call.writeBytes(bytes, compressed)
    else call.write((request ?? choice(message)) as never)
    return {}
  },
  async read(world, { on }) {
    return nextOn(world, streamOf(world, on), `an answer on ${on}`)
  },
  /** Waits for the end of a stream, and ignores answers before it. */
  async ended(world, { on }) {
    const { call } = streamOf(world, on)
    const end = async () => {
      while ((await call.read()) !== undefined);
      return call.ended
    }
    return ending(await inTime(world, `the end of ${on}`, end()))
  },
  /** Closes the request side of a stream. */
  async finish(world, { on }) {
    streamOf(world, on).call.end()
    return {}
  },
  /** Closes the connection of a stream. */
  async close(world, { on }) {
    const { connection } = streamOf(world, on)
    connection.close()
    await connection.closed
    return {}
  },
  /** Waits until the gateway closes the connection of a stream. */
  async closed(world, { on }) {
    await inTime(world, `the end of the connection of ${on}`, streamOf(world, on).connection.closed)
    return {}
  },
}
