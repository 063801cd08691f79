// The contract of every desk store, whatever database it uses. For tests.
import { describe, expect, test } from 'vitest'
import type { DeliveryRecord, DeskStore, DeskWrites, EnvelopeRecord, ThreadRecord } from './store.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
/** Ids and digests in hex, from readable names. */
const hex = (name: string) => Buffer.from(name).toString('hex')
const nameOf = (id: string | undefined) => id && Buffer.from(id, 'hex').toString()
const thread = (name: string, updatedMs: number): ThreadRecord => ({
  id: hex(name),
  role: 'referrer',
  test: true,
  key: bytes('key'),
  summary: bytes('summary'),
  refMac: '',
  updatedMs,
})
const NGO = 'https://ngo.example'
const delivery = (message: string, change: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  message: hex(message),
  recipient: NGO,
  thread: hex('t1'),
  state: 'intended',
  receivedMs: 0,
  reason: '',
  expiresMs: 50,
  urgent: false,
  sentMs: 40,
  alarmed: false,
  minimumSuite: 'REX-2',
  resealPending: false,
  attempts: 0,
  resealMs: 0,
  offerMs: 0,
  ...change,
})
const envelope = (name: string, message: string): EnvelopeRecord => ({
  id: hex(name),
  digest: hex(`d-${name}`),
  message: hex(message),
  recipient: NGO,
  closed: '',
})
/** A thread with these messages. */
function addMessages(write: DeskWrites, ...names: string[]): number[] {
  write.putThread(thread('t1', 1))
  return names.map((name) =>
    write.addMessage({ digest: hex(name), thread: hex('t1'), status: 'counted', content: bytes(name) }),
  )
}
/** A message with its delivery. */
function addDelivery(write: DeskWrites, name: string, change: Partial<DeliveryRecord> = {}): void {
  addMessages(write, name)
  write.addDelivery(delivery(name, change))
}

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
        expect(store.read.thread(hex('t1'))).toBeUndefined()
        expect(store.read.thread(hex('t2'))?.updatedMs).toBe(2)
      }),
    )

    test(
      'threads come last change first',
      using(async (store) => {
        await store.commit((write) => {
          for (const ms of [1, 3, 2]) write.putThread(thread(`t${ms}`, ms))
        })
        expect(store.read.threads(2).map(({ id }) => nameOf(id))).toEqual(['t3', 't2'])
        expect(store.read.threads(9, { ms: 2, id: hex('t2') }).map(({ id }) => nameOf(id))).toEqual(['t1'])
      }),
    )

    test(
      'threads of one millisecond are all listed, whatever the pages; open ones too, soonest due first',
      using(async (store) => {
        const names = ['a', 'b', 'c', 'd']
        await store.commit((write) => {
          for (const name of names) {
            write.putThread(thread(name, 7))
            write.dueFrom(hex(name), 9)
          }
          write.dueFrom(hex('d'), 8)
          write.putThread(thread('done', 6))
          write.dueFrom(hex('done'), 1)
          write.dueSeen(hex('done'), { dueMs: undefined, nextMs: undefined })
        })
        const changed = [store.read.threads(3), store.read.threads(3, { ms: 7, id: hex('b') })].flat()
        expect(changed.map(({ id }) => nameOf(id))).toEqual(['d', 'c', 'b', 'a', 'done'])
        const first = store.read.open(2)
        const places = [...first, ...store.read.open(9, first[1])].map(({ ms, id }) => [ms, nameOf(id)])
        expect([first.length, ...places]).toEqual([2, [8, 'd'], [9, 'a'], [9, 'b'], [9, 'c']])
      }),
    )

    test(
      'threads are found by the beginning of their id and by their reference, page after page',
      using(async (store) => {
        const ids = ['7f3a91', '7f3a92', '7f3b00', '80'].map((digits) => digits.padEnd(32, '0'))
        const [a, b, c, d] = ids as [string, string, string, string]
        await store.commit((write) => {
          for (const [i, id] of ids.entries())
            write.putThread({ ...thread('t', i), id, refMac: id === b ? '' : 'ab12' })
        })
        const begin = (digits: string) => store.read.byPrefix(digits, 9).map(({ id }) => id)
        expect([begin('7f3'), begin('7f3a9'), begin('7f3a92')]).toEqual([[a, b, c], [a, b], [b]])
        expect([begin(d), begin('7f3a93'), begin('')]).toEqual([[d], [], ids])
        const [first] = store.read.byPrefix('7f3', 1)
        expect(store.read.byPrefix('7f3', 9, first).map(({ id }) => id)).toEqual([b, c])
        const [newest, ...older] = store.read.byRef('ab12', 9)
        expect([newest, ...older].map((place) => [place?.ms, place?.id])).toEqual([
          [3, d],
          [2, c],
          [0, a],
        ])
        expect(store.read.byRef('ab12', 9, newest)).toEqual(older)
        expect([store.read.byRef('', 9), store.read.byRef('ab13', 9)]).toEqual([[], []])
        expect(store.read.thread(a)?.refMac).toBe('ab12')
      }),
    )

    test(
      'messages ascend; status and content change',
      using(async (store) => {
        const sequences = await store.commit((write) => addMessages(write, 'a', 'b'))
        expect((sequences[1] as number) > (sequences[0] as number)).toBe(true)
        expect(store.read.message(hex('b'))).toEqual({
          sequence: sequences[1],
          digest: hex('b'),
          thread: hex('t1'),
          status: 'counted',
          content: bytes('b'),
        })
        expect(store.read.message(hex('c'))).toBeUndefined()
        await store.commit((write) => write.updateMessage(hex('a'), { status: 'dropped' }))
        expect(store.read.messages(hex('t1')).map(({ digest, status }) => [nameOf(digest), status])).toEqual([
          ['a', 'dropped'],
          ['b', 'counted'],
        ])
        expect(store.read.heldThreads()).toEqual([])
        await store.commit((write) => write.updateMessage(hex('b'), { status: 'held' }))
        expect(store.read.heldThreads()).toEqual([hex('t1')])
        await expect(store.commit((write) => addMessages(write, 'a'))).rejects.toThrow()
      }),
    )

    test(
      'a delivery goes from intended to received, and its submission goes when it is confirmed',
      using(async (store) => {
        const [id, later] = await store.commit((write) => {
          addDelivery(write, 'm1')
          write.addEnvelope(envelope('e1', 'm1'))
          return [write.addOutgoing(bytes('first')), write.addOutgoing(bytes('second'))]
        })
        expect(store.read.busy()).toBe(true)
        expect(store.read.outgoing(0, 9)).toEqual([
          { id, submission: bytes('first') },
          { id: later, submission: bytes('second') },
        ])
        await store.commit((write) => write.confirmOutgoing(later, [hex('unknown')]))
        await store.commit((write) => write.confirmOutgoing(id, [hex('e1')]))
        expect([store.read.busy(), store.read.delivery(delivery('m1'))?.state]).toEqual([false, 'submitted'])
        const next = await store.commit((write) => write.addOutgoing(bytes('third')))
        expect([next > later, store.read.outgoing(later, 9).length]).toEqual([true, 1])
        await store.commit((write) => {
          write.updateDelivery(delivery('m1'), { state: 'received', receivedMs: 5 })
          write.confirmOutgoing(next, [hex('e1')])
        })
        expect(store.read.delivery(delivery('m1'))).toEqual(
          delivery('m1', { state: 'received', receivedMs: 5 }),
        )
        expect(store.read.delivery(delivery('m1', { recipient: 'https://police.example' }))).toBeUndefined()
      }),
    )

    test(
      'a message and a recipient have one delivery, with all its envelopes, and the receipts of each',
      using(async (store) => {
        await store.commit((write) => {
          addDelivery(write, 'm2')
          addDelivery(write, 'm1')
          for (const name of ['e2', 'e1']) write.addEnvelope(envelope(name, 'm1'))
        })
        const twice = store.commit((write) => write.addDelivery(delivery('m1')))
        await expect(twice).rejects.toThrow()
        await store.commit((write) => {
          write.updateEnvelope(hex('e2'), { closed: 'KEY_EXPIRED' })
          write.updateEnvelope(hex('e1'), { stored: bytes('receipt') })
          write.addReceiptBatch(hex('batch'), bytes('signed'), [hex('e1'), hex('e2')])
          write.addReceiptBatch(hex('batch'), bytes('signed'), [hex('e1')])
          write.addReceiptBatch(hex('other'), bytes('signed too'), [hex('e1')])
        })
        expect(store.read.deliveries(hex('t1')).map(({ message }) => nameOf(message))).toEqual(['m2', 'm1'])
        expect(store.read.envelopes(delivery('m1'))).toEqual([
          { ...envelope('e2', 'm1'), closed: 'KEY_EXPIRED' },
          { ...envelope('e1', 'm1'), stored: bytes('receipt') },
        ])
        expect(store.read.envelope(hex('e2'))?.closed).toBe('KEY_EXPIRED')
        const batches = store.read.receiptBatches(hex('e1')).map((batch) => Buffer.from(batch).toString())
        expect(batches).toEqual(['signed', 'signed too'])
      }),
    )

    test(
      'unreceived: urgent, sent by then, unanswered, and not told of',
      using(async (store) => {
        const urgent = { urgent: true, sentMs: 10 }
        await store.commit((write) => {
          addDelivery(write, 'late', { ...urgent, sentMs: 20 })
          addDelivery(write, 'later', { ...urgent, state: 'stored' })
          addDelivery(write, 'routine', { sentMs: 10 })
          addDelivery(write, 'answered', { ...urgent, state: 'held' })
          addDelivery(write, 'told', { ...urgent, alarmed: true })
          addDelivery(write, 'in time', { ...urgent, sentMs: 21 })
        })
        const unreceived = (limit: number) =>
          store.read.unreceived(20, limit).map(({ message }) => nameOf(message))
        expect([unreceived(9), unreceived(1)]).toEqual([['later', 'late'], ['later']])
        expect(store.read.nextAlarmMs(100)).toBe(110)
        await store.commit((write) => write.updateDelivery(delivery('later'), { alarmed: true }))
        expect([unreceived(9), store.read.nextAlarmMs(100)]).toEqual([['late'], 120])
      }),
    )

    test(
      'due: from the soonest time that was named until it was seen, whatever else changes; an alarm is new once',
      using(async (store) => {
        const alarms = await store.commit((write) => {
          for (const name of ['t1', 't2', 't3']) write.putThread(thread(name, 1))
          for (const [name, ms] of [
            ['t1', 20],
            ['t1', 30],
            ['t2', 30],
            ['t2', 10],
          ] as const)
            write.dueFrom(hex(name), ms)
          write.putThread(thread('t1', 2))
          return [write.addAlarm(hex('a')), write.addAlarm(hex('a'))]
        })
        expect(alarms).toEqual([true, false])
        const due = (ms: number, limit: number) => store.read.due(ms, limit).map(nameOf)
        expect([due(9, 9), due(20, 9), due(20, 1)]).toEqual([[], ['t2', 't1'], ['t2']])
        expect(store.read.nextAlarmMs(100)).toBe(10)
        await store.commit((write) => {
          write.dueSeen(hex('t2'), { dueMs: undefined, nextMs: undefined })
          write.dueSeen(hex('t1'), { dueMs: 5, nextMs: 40 })
        })
        expect([due(39, 9), due(40, 9), store.read.nextAlarmMs(100)]).toEqual([[], ['t1'], 40])
      }),
    )

    test(
      'what is marked is due to be sealed again at its time, oldest first, until it expires',
      using(async (store) => {
        await store.commit((write) => {
          addDelivery(write, 'm1', { state: 'stored', resealMs: 20 })
          addDelivery(write, 'm2', { state: 'stored' })
          addDelivery(write, 'm3', { state: 'submitted' })
          addDelivery(write, 'm4', { state: 'stored', recipient: 'https://police.example' })
          addDelivery(write, 'm5', { state: 'stored', expiresMs: 10 })
        })
        const due = (ms: number) => store.read.dueForReseal(ms, 9).map(({ message }) => nameOf(message))
        expect([due(30), store.read.nextResealMs(0)]).toEqual([[], undefined])
        await store.commit((write) => write.markForReseal(['stored', 'held'], 10, NGO))
        expect([due(10), due(20), store.read.nextResealMs(10)]).toEqual([['m2'], ['m1', 'm2'], 0])
        const [first, ...others] = store.read.dueForReseal(20, 1)
        expect([first, others]).toEqual([
          delivery('m1', { state: 'stored', resealPending: true, resealMs: 20 }),
          [],
        ])
        expect(store.read.dueForReseal(20, 9, first).map(({ message }) => nameOf(message))).toEqual(['m2'])
        expect(store.read.dueForReseal(20, 9, delivery('m2'))).toEqual([])
        expect([due(50), store.read.nextResealMs(50)]).toEqual([[], undefined])
        await store.commit((write) => {
          write.updateDelivery(delivery('m2'), { resealPending: false, attempts: 1, resealMs: 40 })
          write.markForReseal(['submitted', 'stored'], 0)
        })
        expect(due(30)).toEqual(['m1', 'm3', 'm4'])
        expect(store.read.delivery(delivery('m2'))).toMatchObject({
          resealPending: true,
          attempts: 1,
          resealMs: 40,
        })
      }),
    )

    test(
      'what a restored partner had received goes again to it, and to nobody else',
      using(async (store) => {
        await store.commit((write) => {
          addDelivery(write, 'm1', { state: 'received' })
          addDelivery(write, 'm2', { state: 'seen' })
          addDelivery(write, 'm4', { state: 'received', recipient: 'https://police.example' })
          addDelivery(write, 'm5', { state: 'received', expiresMs: 10 })
          addDelivery(write, 'm6', { state: 'refused' })
          write.markForReseal(['stored', 'received', 'seen', 'held'], 10, NGO)
        })
        const due = store.read.dueForReseal(10, 9).map(({ message }) => nameOf(message))
        expect(due).toEqual(['m1', 'm2'])
      }),
    )

    test(
      'what is stored is offered at its time, or when that is too far ahead; never what has expired or goes again already',
      using(async (store) => {
        await store.commit((write) => {
          addDelivery(write, 'm1', { state: 'stored', offerMs: 20 })
          addDelivery(write, 'm2', { state: 'stored', offerMs: 9_000 })
          addDelivery(write, 'm3', { state: 'stored', offerMs: 30 })
          addDelivery(write, 'm4', { state: 'stored', offerMs: 10, expiresMs: 15 })
          addDelivery(write, 'm5', { state: 'stored', offerMs: 10, resealPending: true, resealMs: 40 })
          addDelivery(write, 'm6', { state: 'received', offerMs: 10 })
        })
        const due = () => store.read.dueForReseal(20, 9).map(({ message }) => nameOf(message))
        expect([due(), store.read.offers(20)]).toEqual([[], { firstMs: 20, lastMs: 9_000 }])
        await store.commit((write) => write.markOffered(20, 1_000))
        expect([due(), store.read.offers(20)]).toEqual([['m1', 'm2'], { firstMs: 30, lastMs: 30 }])
        expect(store.read.offers(50)).toBeUndefined()
      }),
    )

    test(
      'overdue: what expired unanswered, oldest expiry first',
      using(async (store) => {
        await store.commit((write) => {
          addDelivery(write, 'late', { expiresMs: 20 })
          addDelivery(write, 'later', { expiresMs: 10, state: 'stored' })
          addDelivery(write, 'answered', { expiresMs: 10, state: 'received' })
          addDelivery(write, 'in time', { expiresMs: 21 })
        })
        const overdue = (limit: number) => store.read.overdue(20, limit).map(({ message }) => nameOf(message))
        expect([overdue(9), overdue(1)]).toEqual([['later', 'late'], ['later']])
        await store.commit((write) => write.updateDelivery(delivery('later'), { state: 'expired' }))
        expect(overdue(9)).toEqual(['late'])
      }),
    )

    test('a restored chain is new once; the incarnation of the own gateway stays', async () => {
      const store = open()
      const isFirst = (chain: string) => store.commit((write) => write.addChain(NGO, chain))
      expect([await isFirst('c1'), await isFirst('c1'), await isFirst('c2')]).toEqual([
        true,
        undefined,
        false,
      ])
      expect(store.read.incarnation()).toBeUndefined()
      for (const incarnation of ['i1', 'i2']) await store.commit((write) => write.putIncarnation(incarnation))
      await using again = await reopen(store)
      expect(again.read.incarnation()).toBe('i2')
      expect(await again.commit((write) => write.addChain(NGO, 'c2'))).toBeUndefined()
    })

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
          write.postponeItem(first?.sequence as number, { nowMs: 0, delayMs: 100 })
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
          write.postponeItem(second?.sequence as number, { nowMs: 0, delayMs: 999 })
          write.unparkItem(second?.sequence as number)
        })
        expect([store.read.parkedItems(), next(0)]).toEqual([[], second])
      }),
    )

    test('verdicts, send keys, receipts and peers stay', async () => {
      const store = open()
      await store.commit((write) => {
        write.addVerdict('https://ngo.example', hex('m1'), { digest: hex('d'), status: 1, code: '' })
        write.addSendKey('k', 'content', 't1')
        write.addReceipt('https://ngo.example', bytes('r1'))
        write.putPeer({ organisation: 'https://ngo.example', configuration: 'jwt', pairedMs: 1 })
        for (const configuration of ['jwt', '']) write.putPairing({ organisation: NGO, configuration })
      })
      await using again = await reopen(store)
      expect(again.read.verdict('https://ngo.example', hex('m1'))).toEqual({
        digest: hex('d'),
        status: 1,
        code: '',
      })
      expect(again.read.verdict('https://other.example', hex('m1'))).toBeUndefined()
      expect(again.read.sendKey('k')).toEqual({ content: 'content', thread: 't1' })
      expect(again.read.peers().map(({ organisation }) => organisation)).toEqual(['https://ngo.example'])
      expect(again.read.pairings()).toEqual([{ organisation: NGO, configuration: '' }])
      const [receipt] = again.read.receipts(9)
      await again.commit((write) => {
        write.removeReceipts([receipt?.id as number])
        write.deletePeer('https://ngo.example')
        write.endPairing(NGO)
      })
      expect([again.read.receipts(9), again.read.peers(), again.read.busy()]).toEqual([[], [], false])
      expect(again.read.pairings()).toEqual([])
    })

    test('after closing nothing is written', async () => {
      const store = open()
      await store[Symbol.asyncDispose]()
      await expect(store.commit(() => 1)).rejects.toMatchObject({ reason: 'CANCELLED' })
    })
  })
}
