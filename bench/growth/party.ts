// A desk process that sends referrals, or accepts and completes them. docs/guide/benchmark.md, "Memory"
import type { Desk, EventItem, ReferralItem } from '@rex/sdk'
import { GRANTED, testReferral } from '../content.ts'
import { serve } from '../measure/child.ts'
import { partyRole } from '../network/party.ts'

const CONCURRENCY = 64

const referral = testReferral()
const finished = new Map<string, PromiseWithResolvers<void>>()
let desk: Desk

const role = {
  ...partyRole((opened) => {
    desk = opened
    void takeItems()
  }),
  /** Sends `count` referrals, `inFlight` at a time. Each stays in flight until this desk knows that the recipient has finished it. */
  async refer({ to, count, inFlight }: { to: string; count: number; inFlight: number }): Promise<void> {
    let begun = 0
    const worker = async () => {
      while (begun++ < count) await referTo(to)
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    await desk.drain()
  },
}

export type PartyRole = typeof role

async function referTo(organisation: string): Promise<void> {
  const { id } = await desk.send(referral, { to: { organisation, sections: GRANTED } })
  const known = outcomeOf(id)
  await known.promise
  finished.delete(id)
}

/** Returns the outcome of a thread. Creates it if needed, because a referral may be finished before `send` has returned its thread. */
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

async function answer(item: ReferralItem): Promise<void> {
  await item.thread.accept()
  await item.thread.complete({ outcome: 'service-provided' })
  await item.ack()
}

async function note({ event, thread, ack }: EventItem): Promise<void> {
  await ack()
  if (event.type === 'complete') outcomeOf(thread.id).resolve()
}

serve(role, () => desk?.[Symbol.asyncDispose](), 'desk')
