// The floods: each runs as fast as it can until it is stopped. docs/guide/benchmark.md, "Floods"
import { randomBytes } from 'node:crypto'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeliverRequest, type DeliverResponse, type Hello } from '@rex/proto/federation/v1/delivery'
import { EnrolPurpose, EnrolRequest } from '@rex/proto/mailbox/v1/mailbox'
import { encode, LIMITS } from '@rex/sdk/core'
import type { TlsIdentity } from '@rex/sdk/transport'
import { type TestEnvelope, testEnvelope } from '../../gateway/src/testing/envelope.ts'
import { call, type Dial, dialHttp2, dialTcp, dialTls, frame, write } from './wire.ts'

/** Target and attacker of a flood. */
export interface Target {
  /** The organisation that owns the gateway. */
  readonly organisation: string
  readonly address: string
  readonly enrolAddress: string
  /** The attacker's certificate; the attacker is paired. */
  readonly identity: TlsIdentity
  /** The attacker's entity identifier. */
  readonly sender: string
  /** Aborting this signal stops the flood. */
  readonly signal: AbortSignal
}

/** The attacker's entity identifier. */
export const ATTACKER = 'https://attacker.example'

/** The greeting of the attacker's gateway. */
export const HELLO: Hello = {
  versions: [1],
  maxEnvelopeBytes: LIMITS.envelope,
  window: 256,
  build: 'flood',
  incarnation: new Uint8Array(16),
  timeMs: 0,
  trustedMs: 0,
} as Hello

/** The paths of the gRPC methods. */
export const PATHS = {
  deliver: '/rex.federation.v1.DeliveryService/Deliver',
  entity: '/rex.federation.v1.EntityService/GetEntityConfiguration',
  enrol: '/rex.mailbox.v1.EnrolmentService/Enrol',
  health: '/grpc.health.v1.Health/Check',
}
const CONNECTIONS = 8
const STREAMS = 32
const CANCEL = 8
const NOTHING = frame(new Uint8Array())
/** Returns the numbers from 0 to `count` - 1. */
export const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Returns an address in one of the attacker's networks, none of which belongs to a neighbour. */
export const network = (i: number) => `127.0.1.${1 + (i % 200)}`

function hello(): Buffer {
  return frame(
    encode(DeliverRequest, { content: { $case: 'hello', value: { ...HELLO, timeMs: Date.now() } } }),
  )
}

function request(envelopes: readonly Uint8Array[]): Buffer {
  return frame(
    encode(DeliverRequest, { content: { $case: 'envelopes', value: { envelopes: [...envelopes] } } }),
  )
}

const JUNK = request(range(4096).map((i) => new Uint8Array([i & 255])))

/** Repeats a step until the flood is stopped, even after refusals. Returns the number of repetitions. */
export async function again(signal: AbortSignal, step: () => Promise<unknown>): Promise<number> {
  let times = 0
  while (!signal.aborted) {
    if ((await step()) === undefined) await sleep(20)
    else times += 1
  }
  return times
}

/** Runs `count` instances concurrently. Returns the sum of their results. */
export async function together(count: number, one: (i: number) => Promise<number>): Promise<number> {
  const times = await Promise.all(range(count).map(one))
  return times.reduce((all, some) => all + some, 0)
}

/** Returns the settings of a connection as the paired organisation. */
export const asPeer = ({ address, identity }: Target): Dial => ({
  address,
  identity,
  localAddress: network(0),
})

/** Keeps a connection open and calls `work` until the flood is stopped. `work` returns `undefined` when it cannot continue. */
async function connected(
  { signal }: Target,
  dial: () => Promise<ClientHttp2Session | undefined>,
  work: (session: ClientHttp2Session) => Promise<unknown>,
): Promise<number> {
  let session: ClientHttp2Session | undefined
  const times = await again(signal, async () => {
    if (session === undefined || session.destroyed || session.closed) session = await dial()
    return session && work(session).catch(() => undefined)
  })
  session?.destroy()
  return times
}

/** Makes a call with one request. Resolves with whether it was answered. */
export function unary(session: ClientHttp2Session, path: string, message: Buffer): Promise<true | undefined> {
  return new Promise((resolve) => {
    const stream = call(session, path)
    stream.once('end', () => resolve(true))
    stream.once('close', () => resolve(undefined))
    stream.end(message)
  })
}

/** Repeatedly makes many concurrent calls. Returns the number of calls. */
export function unaries(
  target: Target,
  dial: Dial,
  path: string,
  next: () => Buffer = () => NOTHING,
): Promise<number> {
  return together(CONNECTIONS, () =>
    connected(
      target,
      () => dialHttp2(dial),
      (session) => Promise.all(range(STREAMS).map(() => unary(session, path, next()))),
    ),
  )
}

/** Sends on a Deliver stream without end, and reopens the stream when the gateway ends it. */
function deliver(target: Target, next: () => Buffer, initialWindowSize?: number): Promise<number> {
  let stream: ClientHttp2Stream | undefined
  return connected(
    target,
    () => dialHttp2(asPeer(target), initialWindowSize),
    async (session) => {
      if (stream === undefined || stream.destroyed || stream.session !== session) {
        stream = call(session, PATHS.deliver)
        stream.write(hello())
      }
      await Promise.race([write(stream, next()), aborted(target.signal)])
      return true
    },
  )
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function envelopes(target: Target, count: number, options: Partial<TestEnvelope>): () => Buffer {
  const { sender, organisation: recipient } = target
  return () => request(range(count).map(() => testEnvelope({ sender, recipient, ...options })))
}

/** Opens connections from this number of networks and sends nothing on them. */
function silent(target: Target, address: string, networks: number): Promise<number> {
  return together(networks * 8, (i) =>
    again(target.signal, async () => {
      const socket = await dialTcp({ address, localAddress: network(i) })
      if (!socket) return undefined
      const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)))
      socket.resume()
      await Promise.race([closed, aborted(target.signal)])
      socket.destroy()
      return true
    }),
  )
}

async function resets(session: ClientHttp2Session, count: number): Promise<true | undefined> {
  for (const _ of range(count)) {
    if (session.destroyed || session.closed) return undefined
    call(session, PATHS.deliver).close(CANCEL)
  }
  await sleep(1)
  return true
}

/** The floods. Each resolves with the number of its acts. */
export const FLOODS = {
  /**
   * Envelopes that do not parse, whose outcomes the attacker never reads: every call that a peer may open has a
   * flow-control window of zero.
   */
  'answers unread': (target: Target) => together(CONNECTIONS * STREAMS, () => deliver(target, () => JUNK, 0)),
  /** A thousand unparseable envelopes per message. */
  'junk envelopes': (target: Target) => deliver(target, () => JUNK),
  /** One envelope of one byte per message. */
  'small messages': (target: Target) => {
    const small = Buffer.concat(range(256).map(() => request([Uint8Array.of(1)])))
    return deliver(target, () => small)
  },
  /** Well-formed envelopes that no desk can open, all urgent. */
  'unopenable urgent': (target: Target) =>
    deliver(target, envelopes(target, 32, { urgent: true, size: 256, sections: [] })),
  /** Well-formed envelopes that no desk can open, routine and as large as possible. */
  'store filling': (target: Target) =>
    deliver(target, envelopes(target, 1, { size: LIMITS.envelope - 50_000, sections: [] })),
  /** Silent connections to both listeners. */
  'silent sockets': (target: Target) =>
    together(2, (i) => silent(target, i === 0 ? target.address : target.enrolAddress, 16)),
  /** TLS handshakes without a client certificate, from many networks. */
  handshakes: (target: Target) =>
    together(32, (i) =>
      again(target.signal, async () => {
        const socket = await dialTls({ address: target.address, localAddress: network(i) })
        socket?.destroy()
        return socket && true
      }),
    ),
  /** Enrolments with invented tokens, from a few networks. */
  'junk enrolments': (target: Target) =>
    together(8, (i) =>
      connected(
        target,
        () => dialHttp2({ address: target.enrolAddress, localAddress: network(i) }),
        (session) => unary(session, PATHS.enrol, frame(encode(EnrolRequest, junkEnrolment()))),
      ),
    ),
  /**
   * Outcomes that nobody requested, whenever the gateway dials the attacker. To make the gateway dial, the attacker
   * first contacts it.
   */
  'unasked outcomes': async (target: Target) => {
    saying.outcomes = 0
    saying.signal = target.signal
    await again(target.signal, async () => {
      const session = await dialHttp2(asPeer(target))
      if (session) call(session, PATHS.deliver).write(hello())
      await Promise.race([sleep(500), aborted(target.signal)])
      session?.destroy()
      return true
    })
    return saying.outcomes
  },
  /** Endless unary calls. */
  'unary calls': (target: Target) => unaries(target, asPeer(target), PATHS.entity),
  'health checks': (target: Target) => unaries(target, asPeer(target), PATHS.health),
  'health checks of strangers': (target: Target) =>
    together(8, (i) => {
      const dial = { address: target.enrolAddress, localAddress: network(i) }
      return connected(
        target,
        () => dialHttp2(dial),
        (session) => unary(session, PATHS.health, NOTHING),
      )
    }),
  /** Calls that are opened and reset. */
  'rapid reset': (target: Target) =>
    together(CONNECTIONS, () =>
      connected(
        target,
        () => dialHttp2(asPeer(target)),
        (session) => resets(session, 100),
      ),
    ),
  /**
   * Calls that are opened and reset. The attacker changes to a new connection before the gateway closes the
   * old one because of the resets.
   */
  'reset with reconnect': (target: Target) =>
    together(CONNECTIONS, () =>
      again(target.signal, async () => {
        const session = await dialHttp2(asPeer(target))
        if (!session) return undefined
        await resets(session, 100)
        session.destroy()
        return true
      }),
    ),
} as const satisfies Record<string, (target: Target) => Promise<number>>

function junkEnrolment(): EnrolRequest {
  return {
    secret: randomBytes(16),
    signingRequest: new Uint8Array(),
    purpose: EnrolPurpose.AGAIN,
    entityKey: randomBytes(32),
    rotations: [],
  }
}

const saying: { outcomes: number; signal: AbortSignal } = { outcomes: 0, signal: AbortSignal.abort() }

/** Deliver handler of the attacker's gateway: it greets, and during the flood sends unrequested outcomes. */
export async function* unasked(
  _requests: AsyncIterable<DeliverRequest>,
  { signal }: { readonly signal: AbortSignal },
): AsyncIterable<DeliverResponse> {
  yield { content: { $case: 'hello', value: { ...HELLO, timeMs: Date.now() } } }
  while (!signal.aborted) {
    if (saying.signal.aborted) await sleep(100)
    else {
      saying.outcomes += 1
      yield {
        content: {
          $case: 'outcome',
          value: { sequence: saying.outcomes, result: undefined, urgentOverBudget: false },
        },
      }
    }
  }
}
