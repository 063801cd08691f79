// Floods that cost the gateway more than the sender, such as handshakes and TLS key updates. docs/guide/benchmark.md, "Floods"
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import {
  AnnounceRequest,
  DeliverRequest,
  GetEntityConfigurationRequest,
} from '@rex/proto/federation/v1/delivery'
import { encode, LIMITS } from '@rex/sdk/core'
import { clientHello } from '../../sdk/src/transport/flood/fixture.ts'
import { HAND_MADE_CIPHERS, keyUpdates, trafficSecret } from '../../sdk/src/transport/flood/records.ts'
import {
  aborted,
  again,
  asPeer,
  HELLO,
  network,
  PATHS,
  range,
  type Target,
  together,
  unaries,
} from './floods.ts'
import { call, dialHttp2, dialTcp, frame, opened, secure, write } from './wire.ts'

const CONNECTIONS = 8
const STREAMS = 32
const ANNOUNCE = '/rex.federation.v1.EntityService/Announce'
const ADDRESSES = 8
const RECORDS_AT_ONCE = 200
/** A message of nearly the maximum size. */
const LARGE = frame(encode(GetEntityConfigurationRequest, { organisation: 'x'.repeat(LIMITS.message - 64) }))

/** Returns the greeting of a gateway that has lost its state. */
function greeting(): Buffer {
  const value = { ...HELLO, incarnation: randomBytes(16), timeMs: Date.now() }
  return frame(encode(DeliverRequest, { content: { $case: 'hello', value } }))
}

/** Returns an announcement of new addresses. */
function announcement(): Buffer {
  const endpoints = range(ADDRESSES).map(() => `${randomBytes(8).toString('hex')}.invalid:1`)
  return frame(encode(AnnounceRequest, { endpoints, entityConfiguration: '' }))
}

/** The floods of this kind. Each resolves with the number of its acts. */
export const COSTLY = {
  /** Handshakes that are begun and abandoned, from many networks, at both listeners. */
  'half-open handshakes': async (target: Target) => {
    const hello = await clientHello()
    return together(256, (i) =>
      again(target.signal, async () => {
        const address = i % 2 ? target.address : target.enrolAddress
        const socket = await dialTcp({ address, localAddress: network(i) })
        if (!socket) return undefined
        const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)))
        socket.resume().write(hello)
        await Promise.race([closed, aborted(target.signal)])
        socket.destroy()
        return true
      }),
    )
  },
  /** Endless TLS key updates, each of which makes the gateway derive two keys. */
  'key updates': async (target: Target) => {
    const { identity, signal } = target
    let sent = 0
    await together(CONNECTIONS, () =>
      again(signal, async () => {
        const tcp = await dialTcp(asPeer(target))
        if (!tcp) return undefined
        const socket = secure(tcp, { identity, ciphers: HAND_MADE_CIPHERS })
        const secret = trafficSecret(socket, 'CLIENT')
        if (!(await opened(socket, 'secureConnect'))) return undefined
        const records = keyUpdates(await secret)
        while (!tcp.destroyed && !signal.aborted) {
          await Promise.race([
            write(tcp, Buffer.concat(range(RECORDS_AT_ONCE).map(() => records.next().value))),
            aborted(signal),
          ])
          await nextTurn()
          sent += RECORDS_AT_ONCE
        }
        tcp.destroy()
        return true
      }),
    )
    return sent
  },
  /** Deliver streams that greet with a new incarnation each time, and then end. */
  greetings: (target: Target) =>
    together(CONNECTIONS, () =>
      again(target.signal, async () => {
        const session = await dialHttp2(asPeer(target))
        if (!session) return undefined
        for (const _ of range(STREAMS)) {
          const stream = call(session, PATHS.deliver)
          stream.end(greeting())
          await Promise.race([new Promise((resolve) => stream.once('close', resolve)), sleep(50)])
        }
        session.destroy()
        return true
      }),
    ),
  /** Announcements, each with new addresses. */
  announcements: (target: Target) => unaries(target, asPeer(target), ANNOUNCE, announcement),
  /** Calls with messages of nearly the maximum size. */
  'large calls': (target: Target) => unaries(target, asPeer(target), PATHS.entity, () => LARGE),
} as const satisfies Record<string, (target: Target) => Promise<number>>
