// Tests of connection limits.
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { LISTENER_LIMITS } from '../limits/limits.ts'
import type { Peer } from '../network/peer.ts'
import { Connections } from './connections.ts'

/** Returns a socket with only the properties that `Connections` reads. */
const socketOf = () =>
  Object.assign(new EventEmitter(), {
    bytesRead: 0,
    destroyed: false,
    destroy() {
      this.destroyed = true
    },
  })

test('T-090 REX-DLV-014 places of dead connections are free for their peer after 30 s of silence', () => {
  let nowMs = 0
  const connections = new Connections(
    LISTENER_LIMITS,
    () => {},
    () => nowMs,
  )
  const peer = { uri: 'https://ngo.example#gateway' } as Peer
  const connect = () => {
    const socket = socketOf()
    connections.add(socket as unknown as Socket, peer)
    return socket
  }
  const places = Array.from({ length: LISTENER_LIMITS.connectionsPerPeer }, connect)
  expect(connect).toThrow('The peer has too many connections.')
  nowMs = 29_999
  expect(connect).toThrow('The peer has too many connections.')
  const [dead, living] = places
  Object.assign(living ?? {}, { bytesRead: 17 })
  nowMs = 30_000
  for (let i = 1; i < places.length; i++) connect()
  expect(places.map(({ destroyed }) => destroyed)).toEqual(places.map((socket) => socket !== living))
  expect(dead?.destroyed).toBe(true)
  expect(connect).toThrow('The peer has too many connections.')
  expect(connections.peers()).toHaveLength(LISTENER_LIMITS.connectionsPerPeer)
  connections.close()
})
