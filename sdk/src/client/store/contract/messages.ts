// Tests of messages and of this desk's deliveries. Part of the contract of every desk store.
import { expect } from 'vitest'
import {
  addDelivery,
  addMessages,
  bytes,
  type ContractTests,
  delivery,
  envelope,
  hex,
  nameOf,
} from './records.ts'

export const MESSAGES: ContractTests = {
  'messages have ascending numbers, and their status and content can change': async (store) => {
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
  },
  'a delivery advances from intended to received, and its submission is removed when confirmed': async (
    store,
  ) => {
    const [id, later] = await store.commit((write) => {
      addDelivery(write, 'm1')
      write.addEnvelope(envelope('e1', 'm1'))
      return [write.addOutgoing(bytes('first'), hex('t1')), write.addOutgoing(bytes('second'), '')]
    })
    expect(store.read.busy()).toBe(true)
    expect(store.read.outgoing(0, 9)).toEqual([
      { id, submission: bytes('first'), withheld: false },
      { id: later, submission: bytes('second'), withheld: false },
    ])
    expect([store.read.isOutgoing(id), store.read.isOutgoing(later + 1)]).toEqual([true, false])
    expect([store.read.outgoingOf(hex('t1')), store.read.outgoingOf(hex('t2'))]).toEqual([[id], []])
    await store.commit((write) => write.confirmOutgoing(later, [hex('unknown')]))
    await store.commit((write) => write.confirmOutgoing(id, [hex('e1')]))
    expect([store.read.busy(), store.read.delivery(delivery('m1'))?.state]).toEqual([false, 'submitted'])
    const next = await store.commit((write) => write.addOutgoing(bytes('third'), hex('t1')))
    expect([next > later, store.read.outgoing(later, 9).length]).toEqual([true, 1])
    await store.commit((write) => {
      write.updateDelivery(delivery('m1'), { state: 'received', receivedMs: 5 })
      write.confirmOutgoing(next, [hex('e1')])
    })
    expect(store.read.delivery(delivery('m1'))).toEqual(delivery('m1', { state: 'received', receivedMs: 5 }))
    expect(store.read.delivery(delivery('m1', { recipient: 'https://police.example' }))).toBeUndefined()
  },
  'a message and a recipient have one delivery, with all its envelopes, and the receipts of each': async (
    store,
  ) => {
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
  },
  'unreceived: messages that are urgent, sent by then, unanswered and without an alarm': async (store) => {
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
  },
  'overdue: messages that expired unanswered, oldest expiry first': async (store) => {
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
  },
}
