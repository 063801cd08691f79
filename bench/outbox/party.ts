// A desk process that sends referrals in two ways: it calls `send` of the desk, or its relay sends the rows of `rex_outbox`. docs/guide/benchmark.md, "Outbox"
import type { Desk } from '@rex/sdk'
import { startRelay } from '@rex/sdk/postgres'
import pg from 'pg'
import { GRANTED, testReferral } from '../content.ts'
import { serve } from '../measure/child.ts'
import { partyRole } from '../network/party.ts'

const IN_FLIGHT = 64

const referral = testReferral()
let desk: Desk

/** A number of referrals to one organisation. */
interface Batch {
  readonly to: string
  readonly count: number
}

const role = {
  ...partyRole((opened) => {
    desk = opened
    void takeItems()
  }),
  /**
   * Sends referrals with calls of `desk.send`, and waits until all are durable. Returns the number of
   * referrals per second.
   */
  async send({ to, count }: Batch): Promise<number> {
    const numbers = Array.from({ length: count }).keys()
    const began = performance.now()
    const work = async () => {
      for (const _ of numbers) await desk.send(referral, { to: { organisation: to, sections: GRANTED } })
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, work))
    return perSecond(count, began)
  },
  /**
   * Starts a relay, waits until it has written all threads to the database, adds rows, and waits until all
   * are sent. Returns the number of rows per second.
   */
  async relay({ to, count, database }: Batch & { readonly database: string }): Promise<number> {
    const client = new pg.Client({ connectionString: database })
    await client.connect()
    const relay = await startRelay({ desk, database })
    const cursor = await desk.lastChange()
    await until(client, `SELECT FROM rex_relay WHERE cursor::bigint >= ${cursor}`, 1)
    const began = performance.now()
    await client.query(`INSERT INTO rex_outbox (act, input) SELECT 'send', $1 FROM generate_series(1, $2)`, [
      JSON.stringify({ referral, to: { organisation: to, sections: GRANTED } }),
      count,
    ])
    await until(client, 'SELECT FROM rex_outbox LIMIT 1', 0)
    const rate = perSecond(count, began)
    await relay[Symbol.asyncDispose]()
    await client.end()
    return rate
  },
  /** Resolves when everything is submitted, so that leftover work does not slow the next measurement. */
  settle: (_: undefined): Promise<void> => desk.drain(),
}

export type OutboxRole = typeof role

/** Waits until a statement has this many rows. */
async function until(client: pg.Client, text: string, rows: number): Promise<void> {
  while ((await client.query(text)).rows.length !== rows)
    await new Promise((resolve) => setTimeout(resolve, 20))
}

const perSecond = (count: number, began: number) => (count * 1000) / (performance.now() - began)

async function takeItems(): Promise<void> {
  for await (const item of desk.receive({ concurrency: IN_FLIGHT })) void item.ack()
}

serve(role, () => desk?.[Symbol.asyncDispose]())
