// Measures how fast a relay drains an outbox, compared with calls to an embedded desk. docs/guide/benchmark.md, "Outbox"
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@rex/sdk/postgres'
import pg from 'pg'
import { testPostgres } from '../../sdk/src/testing/harness/postgres.ts'
import { median } from '../measure/rounds.ts'
import { startPair } from '../network/network.ts'
import type { OutboxRole } from './party.ts'

/** Numbers of referrals per second that become durable at the desk. */
export interface OutboxFigures {
  /** Number of rows in a batch. */
  readonly rows: number
  /** Rate of calls to the embedded desk, 64 in flight. */
  readonly embeddedPerSecond: number
  /** Rate of the relay. A referral counts when its row is deleted and its thread is in rex_thread. */
  readonly relayPerSecond: number
  /** Median over the rounds of the relay's rate divided by that of the calls. */
  readonly ratio: number
}

/** The number of rows of a batch, and the number of batches of each kind. */
export interface OutboxExtent {
  readonly rows: number
  readonly rounds: number
}

const PARTY = new URL('./party.ts', import.meta.url)
const SENDER = 'https://hotline.example'
const RECIPIENT = 'https://ngo.example'

/** Measures pairs of batches: one by calls and one by the relay, directly after each other. */
export async function measureOutbox({ rows, rounds }: OutboxExtent): Promise<OutboxFigures> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-outbox-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const server = undo.use(await testPostgres())
  const database = await server.database('outbox')
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await migrate(client)
  await client.end()
  const { sender } = await startPair<OutboxRole>(
    undo,
    { sender: SENDER, recipient: RECIPIENT },
    { directory, program: PARTY },
  )
  const batch = { to: RECIPIENT, count: rows }
  const pairs: [embedded: number, relay: number][] = []
  for (let round = 0; round < rounds; round++) {
    const embedded = await sender.desk.ask('send', batch)
    await sender.desk.ask('settle', undefined)
    const relay = await sender.desk.ask('relay', { ...batch, database })
    await sender.desk.ask('settle', undefined)
    pairs.push([embedded, relay])
  }
  return {
    rows,
    embeddedPerSecond: median(pairs.map(([embedded]) => embedded)),
    relayPerSecond: median(pairs.map(([, relay]) => relay)),
    ratio: median(pairs.map(([embedded, relay]) => relay / embedded)),
  }
}
