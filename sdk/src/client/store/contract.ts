// The contract of every desk store, whatever database it uses. For tests.
import { describe, expect, test } from 'vitest'
import type { DeliveryRecord, DeskStore, ThreadRecord } from './store.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
const thread = (id: string, updatedMs: number): ThreadRecord => ({
  id,
  role: 'referrer',
  test: true,
  key: bytes('key'),
  summary: bytes('summary'),
  updatedMs,
})
const delivery = (envelopeId: string): DeliveryRecord => ({
  envelopeId,
  envelopeDigest: `d-${envelopeId}`,
  message: 'm1',
  thread: 't1',
  recipient: 'https://ngo.example',
  state: 'intended',
  receivedMs: 0,
  expiresMs: 50,
})

/** Tests that a store keeps the contract. `open` gives a new, empty store; `reopen` closes it and opens it again. */
export function testDeskStore(open: () => DeskStore, reopen: (store: DeskStore) => Promise<DeskStore>): void {
  const using = (work: (store: DeskStore) => Promise<void>) => async () => {
    await using store = open()
    await work(store)
  }

  describe('desk store', () => {
    test(
      'what `work` throws undoes its writes, and only its own',
      using(async (store) => {
        const failing = store.commit((write) => {
          write.putThread(thread('t1', 1))
          throw new Error('no')
        })
        const working = store.commit((write) => write.putThread(thread('t2', 2)))
        await expect(failing).rejects.toThrow('no')
        await working
        expect(store.read.thread('t1')).toBeUndefined()
        expect(store.read.thread('t2')?.updatedMs).toBe(2)
      }),
    )

    test(
      'threads come last change first',
      using(async (store) => {
        await store.commit((write) => {
          for (const ms of [1, 3, 2]) write.putThread(thread(`t${ms}`, ms))
        })
        expect(store.read.threads(Number.MAX_SAFE_INTEGER, 2).map(({ id }) => id)).toEqual(['t3', 't2'])
        expect(store.read.threads(2, 9).map(({ id }) => id)).toEqual(['t1'])
      }),
    )

    test(
      'messages ascend; status and content change',
      using(async (store) => {
        const sequences = await store.commit((write) =>
          ['a', 'b'].map((digest) =>
            write.addMessage({ digest, thread: 't1', status: 'counted', content: bytes(digest) }),
          ),
        )
        expect((sequences[1] as number) > (sequences[0] as number)).toBe(true)
        await store.commit((write) => write.updateMessage('a', { status: 'dropped' }))
        expect(store.read.messages('t1').map(({ digest, status }) => [digest, status])).toEqual([
          ['a', 'dropped'],
          ['b', 'counted'],
        ])
        expect(store.read.heldThreads()).toEqual([])
        await store.commit((write) => write.updateMessage('b', { status: 'held' }))
        expect(store.read.heldThreads()).toEqual(['t1'])
        await expect(
          store.commit((write) =>
            write.addMessage({ digest: 'a', thread: 't1', status: 'counted', content: bytes('') }),
          ),
        ).rejects.toThrow()
      }),
    )

    test(
      'a delivery goes from intended to received, and its submission goes when it is confirmed',
      using(async (store) => {
        const [id, later] = await store.commit((write) => {
          write.addDelivery(delivery('e1'))
          return [write.addOutgoing(bytes('first')), write.addOutgoing(bytes('second'))]
        })
        expect(store.read.busy()).toBe(true)
        expect(store.read.outgoing(0, 9)).toEqual([
          { id, submission: bytes('first') },
          { id: later, submission: bytes('second') },
        ])
        await store.commit((write) => write.confirmOutgoing(later, []))
        await store.commit((write) => write.confirmOutgoing(id, ['e1']))
        expect([store.read.busy(), store.read.delivery('e1')?.state]).toEqual([false, 'submitted'])
        const next = await store.commit((write) => write.addOutgoing(bytes('third')))
        expect([next > later, store.read.outgoing(later, 9).length]).toEqual([true, 1])
        await store.commit((write) => {
          write.updateDelivery('e1', { state: 'received', receivedMs: 5, stored: bytes('receipt') })
          write.addReceiptBatch('batch', bytes('signed'), ['e1', 'e2'])
          write.addReceiptBatch('batch', bytes('signed'), ['e1'])
          write.addReceiptBatch('other', bytes('signed too'), ['e1'])
        })
        expect(store.read.delivery('e1')).toEqual({
          ...delivery('e1'),
          state: 'received',
          receivedMs: 5,
          stored: bytes('receipt'),
        })
        expect(store.read.receiptBatches('e1').map((batch) => Buffer.from(batch).toString())).toEqual([
          'signed',
          'signed too',
        ])
        expect(store.read.deliveries('t1')).toHaveLength(1)
      }),
    )

    test(
      'overdue: what expired unanswered, oldest expiry first, never a receipt batch',
      using(async (store) => {
        await store.commit((write) => {
          write.addDelivery({ ...delivery('late'), expiresMs: 20 })
          write.addDelivery({ ...delivery('later'), expiresMs: 10, state: 'stored' })
          write.addDelivery({ ...delivery('answered'), expiresMs: 10, state: 'received' })
          write.addDelivery({ ...delivery('batch'), expiresMs: 10, thread: '' })
          write.addDelivery({ ...delivery('in time'), expiresMs: 21 })
        })
        expect(store.read.overdue(20, 9)).toEqual(['later', 'late'])
        expect(store.read.overdue(20, 1)).toEqual(['later'])
        await store.commit((write) => write.updateDelivery('later', { state: 'expired' }))
        expect(store.read.overdue(20, 9)).toEqual(['late'])
      }),
    )

    test(
      'items: urgent first, postponed ones later, parked ones when they are put back',
      using(async (store) => {
        await store.commit((write) => {
          for (const [id, urgent] of [
            ['a', false],
            ['b', true],
            ['c', false],
          ] as const)
            write.addItem({ id, thread: `t-${id}`, urgent, content: bytes(id) })
        })
        const next = (nowMs: number, ...without: string[]) => store.read.nextItem(nowMs, without)
        const [first, second, third] = [next(0), next(0, 't-b'), next(0, 't-b', 't-a')]
        expect([first?.id, second?.id, third?.id]).toEqual(['b', 'a', 'c'])
        expect([first?.urgent, second?.content]).toEqual([true, bytes('a')])
        await store.commit((write) => {
          write.postponeItem(first?.sequence as number, 100)
          write.parkItem(second?.sequence as number, 'reason')
          write.removeItem(third?.sequence as number)
        })
        expect([next(99), next(100)?.id]).toEqual([undefined, 'b'])
        expect(next(100)?.attempts).toBe(1)
        const due = (nowMs: number, ...without: string[]) => store.read.nextItemMs(nowMs, without)
        expect([due(99), due(100), due(99, 't-b'), due(99, 't-a')]).toEqual([100, undefined, undefined, 100])
        const parked = store.read.parkedItems()
        expect(parked).toEqual([{ ...second, reason: 'reason' }])
        await store.commit((write) => {
          write.postponeItem(second?.sequence as number, 999)
          write.unparkItem(second?.sequence as number)
        })
        expect([store.read.parkedItems(), next(0)]).toEqual([[], second])
      }),
    )

    test('verdicts, send keys, receipts and peers stay', async () => {
      const store = open()
      await store.commit((write) => {
        write.addVerdict('https://ngo.example', 'm1', { digest: 'd', status: 1, code: '' })
        write.addSendKey('k', 'content', 't1')
        write.addReceipt('https://ngo.example', bytes('r1'))
        write.putPeer({ organisation: 'https://ngo.example', configuration: 'jwt', pairedMs: 1 })
      })
      await using again = await reopen(store)
      expect(again.read.verdict('https://ngo.example', 'm1')).toEqual({ digest: 'd', status: 1, code: '' })
      expect(again.read.verdict('https://other.example', 'm1')).toBeUndefined()
      expect(again.read.sendKey('k')).toEqual({ content: 'content', thread: 't1' })
      expect(again.read.peers().map(({ organisation }) => organisation)).toEqual(['https://ngo.example'])
      const [receipt] = again.read.receipts(9)
      await again.commit((write) => {
        write.removeReceipts([receipt?.id as number])
        write.deletePeer('https://ngo.example')
      })
      expect([again.read.receipts(9), again.read.peers(), again.read.busy()]).toEqual([[], [], false])
    })

    test('after closing nothing is written', async () => {
      const store = open()
      await store[Symbol.asyncDispose]()
      await expect(store.commit(() => 1)).rejects.toMatchObject({ reason: 'CANCELLED' })
    })
  })
}
