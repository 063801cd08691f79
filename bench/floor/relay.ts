// A relay process of the floor. It only inserts one durable row per envelope, with group commits. docs/guide/benchmark.md, "Floor"
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { serve } from '../measure/child.ts'
import { prepareAll, type WorkOf } from './crypto.ts'
import type { Specimens } from './sizes.ts'
import { type Frame, type Identity, KIND, openStream, type Stream, serveStreams, specimenOf } from './wire.ts'

/** Settings of a relay. */
interface RelaySetup {
  readonly directory: string
  readonly identity: Identity
  readonly specimens: Specimens
}

let setup: RelaySetup
let works: WorkOf
let insert: (body: Uint8Array) => Promise<void>
let desk: Stream
let peer: Stream

const role = {
  /** Starts listening; returns the address. */
  async start(given: RelaySetup): Promise<string> {
    setup = given
    works = prepareAll(setup.specimens)
    insert = groupCommit(join(setup.directory, 'relay.sqlite'))
    return serveStreams(setup.identity, { '/floor/Desk': fromDesk, '/floor/Peer': fromPeer })
  },
  /** Connects to the other relay. */
  connect(address: string): void {
    peer = openStream(address, '/floor/Peer', setup.identity, (stored) => desk.send(stored))
  },
}

export type Relay = typeof role

function fromDesk(stream: Stream): (frame: Frame) => void {
  desk = stream
  return async (frame) => {
    if (frame.kind !== KIND.envelope) return
    works(frame.body, 'parse')
    await insert(frame.body)
    stream.send({ ...frame, kind: KIND.accepted, body: new Uint8Array() })
    peer.send(frame)
  }
}

function fromPeer(stream: Stream): (frame: Frame) => void {
  return async (frame) => {
    works(frame.body, 'store')
    await insert(frame.body)
    const { storedBytes } = specimenOf(setup.specimens, frame.body)
    const receipt = Buffer.alloc(storedBytes)
    receipt.set(frame.body.subarray(0, 2))
    stream.send({ ...frame, kind: KIND.stored, body: receipt })
    desk.send({ ...frame, kind: KIND.item })
  }
}

/** Opens a database. Returns a function that inserts rows; rows from one turn of the event loop are committed together. */
function groupCommit(path: string): (body: Uint8Array) => Promise<void> {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB NOT NULL)')
  const statement = db.prepare('INSERT INTO row (body) VALUES (?)')
  let waiting: { body: Uint8Array; committed: () => void }[] = []
  const commit = () => {
    const group = waiting
    waiting = []
    db.exec('BEGIN IMMEDIATE')
    for (const { body } of group) statement.run(body)
    db.exec('COMMIT')
    for (const { committed } of group) committed()
  }
  return (body) =>
    new Promise((committed) => {
      if (waiting.push({ body, committed }) === 1) setImmediate(commit)
    })
}

serve(role)
