// Sends, accepts and completes referrals through an embedded desk or that of a service.
// docs/guide/benchmark.md, "Memory"
import type { Desk, EventItem, ReferralItem } from '@rex/sdk'
import { GRANTED, testReferral } from '../content.ts'

const CONCURRENCY = 64

const referral = testReferral()

/** Referrals to send. */
export interface Referring {
  readonly to: string
  readonly count: number
  readonly inFlight: number
}

/**
 * Receives the items of a desk, and accepts and completes every referral. Returns a function that sends
 * `count` referrals, `inFlight` at a time. A referral counts as in flight until this desk knows that the
 * recipient has finished it.
 */
export function startTraffic(desk: Desk): (referring: Referring) => Promise<void> {
  const finished = new Map<string, PromiseWithResolvers<void>>()

  async function referTo(organisation: string): Promise<void> {
    const { id } = await desk.send(referral, { to: { organisation, sections: GRANTED } })
    await outcomeOf(id).promise
    finished.delete(id)
  }

  /**
   * Returns the promise of a thread's outcome. Creates it if needed, because a referral may be finished before `send` has
   * returned its thread.
   */
  function outcomeOf(thread: string): PromiseWithResolvers<void> {
    const known = finished.get(thread) ?? Promise.withResolvers<void>()
    finished.set(thread, known)
    return known
  }

  async function takeItems(): Promise<void> {
    for await (const item of desk.receive({ concurrency: CONCURRENCY })) {
      if (item.kind === 'referral') void answer(item)
      else if (item.kind === 'event') void note(item)
      else throw new Error(`Unexpected: ${JSON.stringify(item)}`)
    }
  }

  async function note({ event, thread, ack }: EventItem): Promise<void> {
    await ack()
    if (event.type === 'complete') outcomeOf(thread.id).resolve()
  }

  void takeItems()
  return async ({ to, count, inFlight }) => {
    let begun = 0
    const worker = async () => {
      while (begun++ < count) await referTo(to)
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    await desk.drain()
  }
}

async function answer(item: ReferralItem): Promise<void> {
  await item.thread.accept()
  await item.thread.complete({ outcome: 'service-provided' })
  await item.ack()
}
