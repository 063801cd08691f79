// Starts a real server for the tests of a file, with a database and two organisations for each test.
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { type TestPostgres, testPostgres } from '../testing/harness/postgres.ts'
import { type TestNetwork, testNetwork } from '../testing/network.ts'
import { buildReferral } from '../testing/referral.ts'
import { migrate, type Relay, startRelay } from './index.ts'

export const to = 'https://ngo.example'
export let server: TestPostgres
export let network: TestNetwork<'hotline' | 'ngo'>
/** URL of the database of the test. */
export let url: string
export let db: pg.Client
/** Relays that are stopped after the test. */
export let relays: Relay[]

/** Starts the server, and prepares the database and the organisations, for the tests of a file. */
export function prepareTables(): void {
  let count = 0
  beforeAll(async () => {
    server = await testPostgres()
    url = await server.database('tables')
    const programs = [await connected(), await connected()]
    await Promise.all(programs.map(migrate))
    await Promise.all(programs.map((program) => program.end()))
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    relays = []
    network = await testNetwork(['hotline', 'ngo'])
    count += 1
    url = await server.database(`test${count}`, 'tables')
    db = await connected()
  })
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()))
    await db.end()
    await network[Symbol.asyncDispose]()
  })
}

export async function connected(database = url): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database })
  client.on('error', () => {})
  await client.connect()
  return client
}

export async function relayed(desk = network.desks.hotline): Promise<Relay> {
  const relay = await startRelay({ desk, database: url })
  relays.push(relay)
  return relay
}

export const all = async (text: string) => (await db.query(text)).rows
export const until = (text: string, wanted: unknown[]) =>
  vi.waitFor(async () => expect(await all(text)).toEqual(wanted), 30_000)

/** Sends a referral from the NGO to the hotline, whose relay writes it into the tables. */
export const receive = (ref: string) =>
  network.desks.ngo.send(buildReferral(), { to: 'https://hotline.example', ref })
