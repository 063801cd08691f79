// Tests of the queue of submissions, and of the batches of receipts in this queue. docs/spec/mailbox.md, "Submission"
import { DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { parseRouting } from '../../core/envelope/parse.ts'
import { LIMITS } from '../../core/limits.ts'
import type { ReceivedEnvelope } from '../receive/intake.ts'
import { carry, desksInParts, type Parts, START } from '../tests/harness/parts.ts'
import { envelopeIdsOf, isQueued, queued, queuedAfter, queuedAt, splitBy, withdraw } from './queue.ts'
import { queueReceipts } from './receipts.ts'

const NGO = 'https://ngo.example'
const OTHER = 'https://other.example'

/** Makes the desk owe an organisation receipts for some envelopes. */
async function owe({ desk: { store } }: Parts, organisation: string, count = 1): Promise<void> {
  const bytes = new Uint8Array(32)
  await store.commit((write) => {
    for (let i = 0; i < count; i++) {
      const envelopeId = new Uint8Array(16).fill(i)
      const receipt = {
        status: DeskReceiptStatus.RECEIVED,
        envelopeId,
        envelopeDigest: bytes,
        message: bytes,
        timeMs: START,
        code: '',
      }
      write.addReceipt(organisation, encode(DeskReceipt, receipt))
    }
  })
}

test('a message is queued with its deliveries and envelopes, and read in the order of the queue', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo', 'other'])
  const first = await hotline.refer({ to: [NGO, OTHER] })
  await hotline.refer({ to: NGO })
  const { read } = hotline.desk.store
  const all = [...queued(read)]
  expect(all.map(({ id }) => id)).toEqual([1, 2])
  expect(queuedAfter(read, 1, 10)).toEqual(all.slice(1))
  expect([queuedAt(read, 2), queuedAt(read, 3)]).toEqual([all[1], undefined])
  expect([isQueued(read, 1), isQueued(read, 3)]).toEqual([true, false])
  const kept = read.deliveries(first.id).flatMap((delivery) => read.envelopes(delivery).map(({ id }) => id))
  expect(envelopeIdsOf(all[0]?.submission as never).toSorted()).toEqual(kept.toSorted())
})

test('withdrawing a recipient leaves the rest of the submission; withdrawing the last one removes the submission', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo', 'other'])
  await hotline.refer({ to: [NGO, OTHER] })
  const { store } = hotline.desk
  const [before] = [...queued(store.read)]
  const { theirs, rest } = splitBy(before?.submission as never, OTHER)
  expect([theirs.length, rest.deliveries.map(({ routing }) => parseRouting(routing).recipient)]).toEqual([
    1,
    [NGO],
  ])
  await store.commit((write) => withdraw(write, store.read, { id: 1, recipient: OTHER }))
  expect(queuedAt(store.read, 1)?.submission).toEqual(rest)
  await store.commit((write) => {
    withdraw(write, store.read, { id: 1, recipient: NGO })
    withdraw(write, store.read, { id: 9, recipient: NGO })
  })
  expect(store.read.busy()).toBe(false)
})

test('REX-RCP-010 receipts are sent in one signed batch per organisation, without a thread', async () => {
  const [hotline, ngo, other] = await desksInParts(['hotline', 'ngo', 'other'])
  await owe(hotline, NGO, 3)
  await owe(hotline, OTHER)
  expect(await queueReceipts(hotline.desk, hotline.sent)).toBe(true)
  expect(hotline.desk.store.read.receipts(10)).toEqual([])
  const batches = [...queued(hotline.desk.store.read)].map(({ submission }) => submission.deliveries.length)
  expect(batches).toEqual([1, 1])
  const queue = [...queued(hotline.desk.store.read)]
  const [forNgo] = await carry(hotline, ngo)
  const { event, manifest } = (forNgo as ReceivedEnvelope).opened as OpenedMessage
  expect(event.content).toMatchObject({ $case: 'receipts', value: { receipts: { length: 3 } } })
  expect(toHex(manifest.threadId)).toBe('00'.repeat(16))
  expect(
    queue.flatMap(({ submission }) =>
      submission.deliveries.map(({ routing }) => parseRouting(routing).recipient),
    ),
  ).toEqual([NGO, OTHER])
  expect(other.desk.store.read.receipts(1)).toEqual([])
})

test('a batch holds at most as many receipts as the limit; the others wait', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  await owe(hotline, NGO, LIMITS.receiptsPerBatch + 1)
  expect(await queueReceipts(hotline.desk, hotline.sent)).toBe(true)
  expect(hotline.desk.store.read.receipts(10)).toHaveLength(1)
  expect(await queueReceipts(hotline.desk, hotline.sent)).toBe(false)
  expect([hotline.desk.store.read.receipts(10), [...queued(hotline.desk.store.read)].length]).toEqual([[], 2])
})

test('receipts for an unpaired organisation are dropped and do not delay others', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  await owe(hotline, OTHER)
  await owe(hotline, NGO)
  await queueReceipts(hotline.desk, hotline.sent)
  const { read } = hotline.desk.store
  expect([read.receipts(10), [...queued(read)].length]).toEqual([[], 1])
})
