// Sends referrals between two parties while something else happens.
import { expect } from 'vitest'
import { buildReferral } from '../../../testing/referral.ts'
import type { Party } from './parties.ts'

/** Minimum number of referrals before and after the work. */
const AT_LEAST = 5

/**
 * Sends referrals in both directions, one after the other, before, during and after `work`. Then expects that each referral
 * was received exactly once and its sender got the receipt, and that nobody received a failure or an alarm.
 */
export async function whileReferralsFlow(
  [one, other]: readonly [Party, Party],
  work: () => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const flows = [flow(one, other, over.signal), flow(other, one, over.signal)]
  const readers = [readAll(one, over.signal), readAll(other, over.signal)]
  try {
    await Promise.all(flows.map((sending) => sending.reached(AT_LEAST)))
    await work()
    await Promise.all(flows.map((sending) => sending.reached(sending.sent.length + AT_LEAST)))
    const sent = await Promise.all(flows.map((sending) => sending.end()))
    const received = readers.map(({ items }) => items)
    await expect
      .poll(() => received[1]?.toSorted())
      .toEqual(sent[0]?.map((id) => `referral ${id}`).toSorted())
    await expect
      .poll(() => received[0]?.toSorted())
      .toEqual(sent[1]?.map((id) => `referral ${id}`).toSorted())
    for (const [i, party] of [one, other].entries())
      for (const id of sent[i] ?? []) await expect.poll(() => statesOf(party, id)).toEqual(['received'])
  } finally {
    over.abort()
    await Promise.all([...flows.map(({ end }) => end()), ...readers.map(({ ended }) => ended)])
  }
}

/** Sends the smallest referrals until aborted. */
function flow(from: Party, to: Party, signal: AbortSignal) {
  const sent: string[] = []
  let more = true
  let news = Promise.withResolvers<void>()
  const running = (async () => {
    while (more && !signal.aborted) {
      const { id } = await from.desk.send(buildReferral(), { to: to.id })
      sent.push(id)
      news.resolve()
      news = Promise.withResolvers()
      await from.desk.drain()
    }
  })()
  return {
    sent,
    async reached(count: number) {
      const ended = running.then(() => Promise.reject(new Error('The flow has ended early.')))
      while (sent.length < count) await Promise.race([news.promise, ended])
    },
    async end() {
      more = false
      await running
      return sent
    },
  }
}

/** Takes all items of a party's desk. Returns referrals by id, and everything else by kind. */
function readAll({ desk }: Party, signal: AbortSignal) {
  const items: string[] = []
  const ended = (async () => {
    for await (const item of desk.receive({ signal, concurrency: 8 })) {
      if (item.kind === 'referral') items.push(`referral ${item.thread.id}`)
      else items.push(item.kind)
      await item.ack()
    }
  })().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return { items, ended }
}

async function statesOf({ desk }: Party, id: string): Promise<string[]> {
  return (await (await desk.thread(id)).view()).delivery.map(({ state }) => state)
}
