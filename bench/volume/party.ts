// A desk process that sends referrals with thousands of items, or closes the items in batches. docs/guide/benchmark.md, "Volume"
import type { Desk, EventItem, ReferralItem } from '@rex/sdk'
import { manyItems } from '../../sdk/src/testing/referral.ts'
import { serve } from '../measure/child.ts'
import { partyRole } from '../network/party.ts'

/** Maximum number of items closed in one event. */
const BATCH = 1000

/** Times measured from the call of `send`. Milliseconds. */
export interface Times {
  /** Time until the referral is durable at the sender's desk. */
  readonly sentMs: number
  /** Time until the sender knows that the recipient has accepted the referral. */
  readonly acceptedMs: number
  /** Time until the sender knows that every item is closed. */
  readonly closedMs: number
}

const events = new Map<string, PromiseWithResolvers<void>>()
let desk: Desk

const role = {
  ...partyRole((opened) => {
    desk = opened
    void takeItems()
  }),
  /** Sends one referral with this many items, and waits until all are closed. */
  async refer({ to, items }: { to: string; items: number }): Promise<Times> {
    const referral = manyItems(items)
    const began = performance.now()
    const thread = await desk.send(referral, { to })
    const sentMs = performance.now() - began
    await happened(thread.id, 'accept').promise
    const acceptedMs = performance.now() - began
    await happened(thread.id, 'complete').promise
    const { itemOutcomes } = await thread.view()
    if (Object.keys(itemOutcomes).length !== items) throw new Error('An item was not closed.')
    return { sentMs, acceptedMs, closedMs: performance.now() - began }
  },
}

export type VolumeRole = typeof role

function happened(thread: string, type: string): PromiseWithResolvers<void> {
  const key = `${thread} ${type}`
  const known = events.get(key) ?? Promise.withResolvers<void>()
  events.set(key, known)
  return known
}

async function takeItems(): Promise<void> {
  for await (const item of desk.receive()) {
    if (item.kind === 'referral') void close(item)
    else if (item.kind === 'event') void note(item)
    else throw new Error(`Unexpected: ${JSON.stringify(item)}`)
  }
}

async function close({ referral, thread, ack }: ReferralItem): Promise<void> {
  await thread.accept()
  const outcomes = (referral.items ?? []).map(({ id }) => ({ item: id, code: 'removed' }))
  for (let from = 0; from < outcomes.length; from += BATCH)
    await thread.progress({ code: 'content-removed', itemOutcomes: outcomes.slice(from, from + BATCH) })
  await thread.complete({ outcome: 'content-removed' })
  await ack()
}

async function note({ event, thread, ack }: EventItem): Promise<void> {
  await ack()
  happened(thread.id, event.type).resolve()
}

serve(role, () => desk?.[Symbol.asyncDispose]())
