// Steps on connections that are slow or silent, or that send too much.
import { linkOf } from './peers.ts'
import { connectAs, inTime, streamOf, type Verb } from './streams.ts'

/** Length of the prefix before the message in a gRPC frame, in bytes. */
const PREFIX = 5

export const STALL_VERBS: Readonly<Record<string, Verb>> = {
  /** Writes the beginning of a message: its total length (`of`), and `bytes` bytes of its content. */
  async begin(world, { on, of, bytes }) {
    const part = Buffer.alloc(PREFIX + bytes)
    part.writeUInt32BE(of, 1)
    await inTime(world, 'room for a part of a message', streamOf(world, on).call.writePart(part))
    return {}
  },
  /** Sends pings to the gateway, each after the answer to the previous ping. */
  async ping(world, { by, count }) {
    const connection = await connectAs(world, { by })
    let answered = 0
    for (; answered < count && connection.isOpen(); answered++)
      await inTime(world, 'the answer to a ping', connection.ping())
    connection.close()
    return { answered }
  },
  /** Waits until the gateway sends a ping to a peer. */
  async pinged(world, { at }) {
    await world.peer(at).listener.pings.next(world.limitMs)
    return {}
  },
  /** Sends unrequested bytes on a link that the gateway opened. */
  async babble(world, { link, bytes }) {
    linkOf(world, link).babble(bytes)
    return {}
  },
}
