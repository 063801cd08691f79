// The operations of items, which are leased by id and then settled. docs/guide/service.md, "Items"
import type { ParkedItem } from '../../client/api/items.ts'
import { OPTIONS } from '../../client/api/options.ts'
import { RexError } from '../../core/error.ts'
import { integer, object } from '../../core/referral/schema/node.ts'
import { itemJson, threadJson } from '../item-json.ts'
import * as A from './answers.ts'
import { asks, type Call, changes, type Operation, reads } from './operation.ts'

/** Default duration of a lease. Milliseconds. */
export const LEASE_MS = 60_000
const LEASE = integer(1000, 3_600_000)
const AT = '/leases/:lease'

interface LeaseInput {
  readonly leaseMs?: number
  readonly waitMs?: number
}

export const ITEM_OPERATIONS = {
  lease: asks<LeaseInput>('/items/lease', {
    summary:
      'Leases the next item, urgent first, in order within a thread. Waits up to `waitMs` (default 0); without an item the answer is 204. ' +
      'It is delivered again if it is neither settled nor renewed within `leaseMs` (default 60 000).',
    scope: 'decide',
    input: object<LeaseInput>('LeaseItem', { leaseMs: LEASE, waitMs: integer(0, 60_000) }),
    answer: A.LEASED,
    run: lease,
  }),
  renew: asks<Pick<LeaseInput, 'leaseMs'>>(`${AT}/renew`, {
    summary: 'Extends a lease to `leaseMs` from now.',
    scope: 'decide',
    unrecorded: true,
    input: object<Pick<LeaseInput, 'leaseMs'>>('RenewLease', { leaseMs: LEASE }),
    answer: A.RENEWED,
    run: async ({ leases, path }, { leaseMs = LEASE_MS }) => ({
      untilMs: leases.renew(path.lease ?? '', leaseMs),
    }),
  }),
  giveBack: asks(`${AT}/give-back`, {
    summary:
      'Ends a lease: the item is delivered again at once, and that does not count as an attempt. It may still be settled.',
    scope: 'decide',
    run: ({ leases, path }) => leases.giveBack(path.lease ?? ''),
  }),
  ack: changes(`${AT}/ack`, {
    summary: 'Settles the item: it is not delivered again. A repeat changes nothing.',
    scope: 'decide',
    run: ({ leases, path }) => leases.settle(path.lease ?? '', (item) => item.ack()),
  }),
  nak: changes<{ readonly delayMs?: number }>(`${AT}/nak`, {
    summary: 'Delivers the item again after `delayMs` (default 60 000); after five attempts it is parked.',
    scope: 'decide',
    input: { ...OPTIONS.nak, name: 'NakItem' },
    run: ({ leases, path }, { delayMs }) => leases.settle(path.lease ?? '', (item) => item.nak(delayMs)),
  }),
  park: changes<{ readonly reason: string }>(`${AT}/park`, {
    summary: 'Sets the item aside for a person; `reason` is one sentence without case data.',
    scope: 'decide',
    input: { ...OPTIONS.park, name: 'ParkItem' },
    run: ({ leases, path }, { reason }) => leases.settle(path.lease ?? '', (item) => item.park(reason)),
  }),
  parked: reads('/parked', {
    summary: 'Items set aside for a person, oldest first.',
    answer: A.PARKED,
    run: async ({ desk }) => ({
      items: (await desk.parked()).map(({ id, kind, reason, thread }) => ({
        id,
        kind,
        reason,
        thread: threadJson(thread),
      })),
    }),
  }),
  unpark: changes('/parked/:item/unpark', {
    summary: 'Puts a parked item back into the inbox, with five new attempts.',
    scope: 'decide',
    run: async (call) => (await parkedItem(call)).unpark(),
  }),
  ackParked: changes('/parked/:item/ack', {
    summary: 'Settles a parked item: it is not delivered again.',
    scope: 'decide',
    run: async (call) => (await parkedItem(call)).ack(),
  }),
} as const satisfies Readonly<Record<string, Operation>>

async function lease(
  { leases, signal }: Call,
  { leaseMs = LEASE_MS, waitMs = 0 }: LeaseInput,
): Promise<object | undefined> {
  const leased = await leases.take(leaseMs, { signal, wait: AbortSignal.timeout(waitMs) })
  if (leased === undefined) return undefined
  const { id, untilMs, item } = leased
  return { lease: { id, untilMs }, item: itemJson(item) }
}

async function parkedItem({ desk, path }: Call): Promise<ParkedItem> {
  const found = (await desk.parked()).find(({ id }) => id === path.item)
  if (found !== undefined) return found
  throw new RexError('NOT_FOUND', 'There is no parked item with this id.', { hint: 'List the parked items.' })
}
