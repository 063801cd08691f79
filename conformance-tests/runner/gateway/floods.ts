// Steps that put load on the gateway under test, or that connect to it in unusual ways.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { enrol, ownParty } from '../../peer/desk.ts'
import { type Connection, connect, exchange, Refused } from '../../peer/grpc/client.ts'
import { DESK_VERBS } from './desks.ts'
import { PEER_VERBS } from './peers.ts'
import { connectAs, ending, type Input, inTime, methodOf, STREAM_VERBS, type Verb } from './streams.ts'
import type { World } from './world.ts'

/** Number of parallel calls. */
const AT_ONCE = 32

function getStatement(connection: Connection, request: object): Promise<unknown> {
  const { service, method } = methodOf('GetEntityConfiguration')
  return connection.call(service, method, request as never)
}

/** Opens a TCP connection to the gateway, without TLS. */
async function tcp(world: World): Promise<Socket> {
  const [host = '', port] = world.dial('desk').address.split(':')
  const socket = connectTcp(Number(port), host)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

export const FLOOD_VERBS: Readonly<Record<string, Verb>> = {
  /** Opens many connections in parallel, and makes many calls on each. */
  async crowd(world, { by, connections, calls, request }) {
    const open = await Promise.all(Array.from({ length: connections }, () => connectAs(world, { by })))
    const answers = open.flatMap((connection) =>
      Array.from({ length: calls }, () => getStatement(connection, request)),
    )
    const settled = await inTime(world, 'answers to all calls', Promise.allSettled(answers))
    for (const connection of open) connection.close()
    return { answered: settled.filter(({ status }) => status === 'fulfilled').length }
  },
  /** Makes calls on one connection until the gateway closes it, or `most` calls are made. */
  async calls(world, { by, most, request }) {
    const connection = await connectAs(world, { by })
    let count = 0
    for (; count < most && connection.isOpen(); count += AT_ONCE)
      await Promise.allSettled(Array.from({ length: AT_ONCE }, () => getStatement(connection, request)))
    const closed = !connection.isOpen()
    connection.close()
    return { closed, count }
  },
  /** Sends urgent envelopes until the gateway reports that they are over budget. */
  async floodUrgent(world, { by, most }) {
    for (let count = 1; count <= most; count++) {
      const outcome = (await PEER_VERBS.deliver?.(world, { by, envelope: { lane: 'urgent' } })) as Input
      if (outcome.urgentOverBudget || outcome.ended) return { over: outcome.urgentOverBudget, count }
    }
    return { over: false }
  },
  /** Sends envelopes of `total` bytes until one is refused, at most `most`. */
  async fill(world, { by, on, total, most }) {
    for (let count = 0; count < most; count++) {
      const outcome = (await PEER_VERBS.deliver?.(world, { by, on, envelope: { total } })) as Input
      if (!outcome.stored) return { ...outcome, count }
    }
    return { count: most }
  },
  /** Submits messages to a peer until one is refused, at most `most`. */
  async submitFill(world, { most, ...input }) {
    for (let count = 0; count < most; count++) {
      const answer = (await DESK_VERBS.submit?.(world, input)) as Input
      if (answer.error) return { ...answer, count }
    }
    return { count: most }
  },
  /** Announces new addresses until the gateway refuses an announcement. */
  async announceFlood(world, { by, most }) {
    for (let count = 1; count <= most; count++) {
      const request = { endpoints: [`127.0.0.1:${count}`], entityConfiguration: '' }
      const answer = (await STREAM_VERBS.call?.(world, { by, method: 'Announce', request })) as Input
      if (answer.refused) return { ...answer, count }
    }
    return {}
  },
  /** Enrols with wrong secrets until the gateway gives a different refusal. */
  async enrolFlood(world, { token, most }) {
    for (let count = 1; count <= most; count++) {
      const error = await enrol(token, ownParty(world.organisation).entity, {
        secret: randomBytes(16),
      }).catch((thrown: unknown) => thrown)
      if (!(error instanceof Refused)) return { error: String(error), count }
      if (error.end.status !== 'UNAUTHENTICATED') return { refused: ending(error.end), count }
    }
    return {}
  },
  /** Opens a connection, sends nothing, and waits until the gateway closes it. */
  async silent(world) {
    const socket = await tcp(world)
    socket.resume()
    await inTime(world, 'the end of a silent connection', once(socket, 'close'))
    return { closed: true }
  },
  /** Sends HTTP/2 without TLS, and waits until the gateway closes the connection. */
  async plain(world) {
    const socket = await tcp(world)
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    socket.resume()
    await inTime(world, 'the end of a connection without TLS', once(socket, 'close'))
    return { closed: true }
  },
  /** Tries to resume the TLS session of a first connection on a second. */
  async resume(world, { by }) {
    const first = await connectAs(world, { by })
    let session: Buffer | undefined
    first.socket.on('session', (ticket: Buffer) => {
      session = ticket
    })
    const { service, method } = methodOf('GetEntityConfiguration')
    await first.call(service, method, { organisation: world.organisation } as never)
    session ??= first.socket.getSession()
    first.close()
    const second = await connect({ ...world.dial(by), tls: { session } })
    const resumed = second.socket.isSessionReused()
    second.close()
    return { resumed }
  },
  /** Asks why the caller's connections are refused (REX-MBX-106). */
  async why(world, { by, certificate }) {
    const answer = exchange(world.dial(by, { certificate }), { protocol: 'rex-why' })
    const word = await inTime(world, 'an answer to why', answer).catch(() => Buffer.of())
    return { word: word.toString() }
  },
}
