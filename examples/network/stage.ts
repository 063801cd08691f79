// Where stories play: the network, a readable timeline, and the count of what was sent and what became of it.
import { readFile } from 'node:fs/promises'
import { parseReferral, type Referral } from '@rex/sdk/referral'
import type { Name, Network, Organisation } from './network.ts'
import type { ItemNotice } from './wire.ts'

const REFERRALS = new URL('../referrals/', import.meta.url)

/** A story: one capability, played by real organisations. */
export interface Story {
  readonly name: string
  /** One sentence for the timeline. */
  readonly title: string
  run(stage: Stage): Promise<void>
}

/** What a story works with. */
export interface Stage {
  readonly network: Network
  /** Writes a line of the timeline. */
  tell(who: Name, what: string): void
  /** One of `examples/referrals`. */
  referral(name: string): Promise<Referral>
  /** Sends a referral; resolves with the thread id. */
  send(
    from: Organisation,
    referral: Referral,
    options: { readonly to: unknown; readonly ref?: string; readonly follows?: string },
  ): Promise<string>
  /** The referral with this thread id, when it has come. */
  arrival(at: Organisation, thread: string): Promise<ItemNotice>
  /** The event of this type in the thread, when it has come. */
  event(at: Organisation, thread: string, type: string): Promise<ItemNotice>
  /** Ends the story as failed unless the two are equal. */
  expect(what: string, actual: unknown, expected: unknown): void
  readonly totals: Totals
}

/** What the stories sent and what became of it. */
export interface Totals {
  sent: number
  received: number
  decided: number
  readonly threads: { readonly at: Name; readonly id: string }[]
  readonly evidence: { verified: boolean; tamperedRefused: boolean }
}

/** Sets the stage. `print` gets the timeline line by line. */
export function setStage(network: Network, print: (line: string) => void): Stage {
  const started = performance.now()
  const totals: Totals = {
    sent: 0,
    received: 0,
    decided: 0,
    threads: [],
    evidence: { verified: false, tamperedRefused: false },
  }
  return {
    network,
    totals,
    tell: (who, what) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6)
      print(`${seconds} s  ${who.padEnd(9)} ${what}`)
    },
    referral: async (name) =>
      parseReferral(JSON.parse(await readFile(new URL(`${name}.json`, REFERRALS), 'utf8'))),
    send: async (from, referral, options) => {
      const { id } = await from.desk.desk<{ id: string }>('send', referral, options)
      totals.sent += Array.isArray(options.to) ? options.to.length : 1
      totals.threads.push({ at: from.name, id })
      return id
    },
    arrival: async (at, thread) => {
      const item = await at.desk.item(
        (candidate) => candidate.kind === 'referral' && candidate.thread === thread,
      )
      totals.received++
      return item
    },
    event: async (at, thread, type) => {
      const item = await at.desk.item(
        ({ kind, thread: of, event }) => kind === 'event' && of === thread && event?.type === type,
      )
      if (type === 'accept' || type === 'decline') totals.decided++
      return item
    },
    expect: (what, actual, expected) => {
      if (JSON.stringify(actual) !== JSON.stringify(expected)) {
        throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}.`)
      }
    },
  }
}
