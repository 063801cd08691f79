// More floods: hand-made frames, and calls and connections that never end. docs/guide/benchmark.md, "Floods"
import { Buffer } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { EnrolPurpose, EnrolRequest } from '@rex/proto/mailbox/v1/mailbox'
import { createSigningRequest, encode, generateRsaKey } from '@rex/sdk/core'
import {
  CALL_HEADERS,
  FRAME,
  httpFrame,
  literal,
  openCall,
  preface,
} from '../../sdk/src/transport/flood/fixture.ts'
import {
  aborted,
  again,
  asPeer,
  network,
  PATHS,
  range,
  type Target,
  together,
  unaries,
  unary,
} from './floods.ts'
import { call, dialHttp2, dialTls, frame, write } from './wire.ts'

const CONNECTIONS = 8
const FRAMES_AT_ONCE = 100
const END_STREAM = 1
const END_HEADERS = 4
const STATEMENT = '/rex.mailbox.v1.DirectoryService/GetStatement'
const id = (i: number) => 2 * i + 1
const BOMB = frame(gzipSync(Buffer.alloc(1024 * 1024)))
BOMB[0] = 1

/** Returns a header field of about 240 bytes, whose name no other call uses. */
const field = (i: number, k: number) => {
  const name = `x-${i}-${k}`.padEnd(120, 'n')
  return Buffer.concat([literal([0], name), Buffer.from([120]), Buffer.alloc(120, 'v')])
}

/** Sends the frames from `next`, and reconnects when the connection is closed. Returns the number of frames. */
async function frames(target: Target, next: (i: number) => Buffer, pauseMs = 0): Promise<number> {
  const { signal } = target
  let sent = 0
  await together(CONNECTIONS, () =>
    again(signal, async () => {
      const socket = await dialTls(asPeer(target))
      if (!socket) return undefined
      socket.resume().write(preface())
      for (let i = 0; !socket.destroyed && !signal.aborted; ) {
        const many = pauseMs > 0 ? 1 : FRAMES_AT_ONCE
        const chunk = Buffer.concat(range(many).map(() => next(i++)))
        await Promise.race([write(socket, chunk), aborted(signal)])
        if (pauseMs > 0) await sleep(pauseMs)
        sent += many
      }
      socket.destroy()
      return true
    }),
  )
  return sent
}

/** The further floods. Each resolves with the number of its connections, calls or messages. */
export const FURTHER = {
  pings: (target: Target) => frames(target, () => httpFrame(FRAME.ping, 0, 0, Buffer.alloc(8))),
  settings: (target: Target) =>
    frames(target, (i) => httpFrame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0xff, i & 255]))),
  /** Header lists of 60 KB, in which every name is different. */
  'huge headers': (target: Target) =>
    frames(target, (i) =>
      Buffer.concat([
        httpFrame(FRAME.headers, 0, id(i), CALL_HEADERS),
        ...range(4).map((part) =>
          httpFrame(
            FRAME.continuation,
            part === 3 ? END_HEADERS : 0,
            id(i),
            Buffer.concat(range(60).map((k) => field(i, part * 60 + k))),
          ),
        ),
      ]),
    ),
  /** Header lists that never end, a few bytes at a time. */
  'headers trickled': (target: Target) =>
    frames(
      target,
      (i) =>
        i === 0
          ? httpFrame(FRAME.headers, 0, 1, CALL_HEADERS)
          : httpFrame(FRAME.continuation, 0, 1, literal([0], 'a')),
      10,
    ),
  /** Compressed messages that expand a thousandfold. */
  'compressed messages': (target: Target) =>
    frames(target, (i) => Buffer.concat([openCall(id(i)), httpFrame(FRAME.data, END_STREAM, id(i), BOMB)])),
  /** Calls that are opened and abandoned, up to the limit of a connection, and then on a new connection. */
  'calls unfinished': (target: Target) =>
    together(CONNECTIONS, () =>
      again(target.signal, async () => {
        const session = await dialHttp2(asPeer(target))
        if (!session) return undefined
        for (const path of range(32).map((i) => (i % 2 ? PATHS.deliver : PATHS.entity)))
          if (!session.destroyed) call(session, path).write(Buffer.from([0, 0, 0, 1]))
        await Promise.race([sleep(200), aborted(target.signal)])
        session.destroy()
        return true
      }),
    ),
  /** Connections that are half-closed after the handshake. */
  'half-closed': (target: Target) =>
    together(64, (i) =>
      again(target.signal, async () => {
        const socket = await dialTls({ address: target.address, localAddress: network(i) })
        if (!socket) return undefined
        socket.allowHalfOpen = true
        const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)))
        socket.resume().end()
        await Promise.race([closed, aborted(target.signal)])
        socket.destroy()
        return true
      }),
    ),
  /** Enrolments that are valid except for the token, from many networks. */
  'enrolments from everywhere': async (target: Target) => {
    const privateKey = await generateRsaKey()
    const signingRequest = createSigningRequest({ privateKey, uri: `${target.organisation}#desk` })
    const request = encode(EnrolRequest, {
      secret: Buffer.alloc(16, 7),
      signingRequest,
      purpose: EnrolPurpose.AGAIN,
      entityKey: Buffer.alloc(32, 7),
      rotations: [],
    })
    return together(32, (worker) => {
      let i = 0
      return again(target.signal, async () => {
        i += 1
        const dial = { address: target.enrolAddress, localAddress: network(worker * 6 + (i % 6)) }
        const session = await dialHttp2(dial)
        const answered = session && (await unary(session, PATHS.enrol, frame(request)))
        session?.destroy()
        return answered
      })
    })
  },
  /** Calls to a desk service, which a peer may not use. */
  'calls of others': (target: Target) => unaries(target, asPeer(target), STATEMENT),
} as const satisfies Record<string, (target: Target) => Promise<number>>
