// Tests of messages that must be resealed or offered again. Part of the contract of every desk store.
import { expect } from 'vitest'
import type { ResealPlace } from '../store.ts'
import { addDelivery, type ContractTests, delivery, NGO, nameOf } from './records.ts'

export const RESEAL: ContractTests = {
  'marked messages are due for resealing at their time, oldest first, until they expire': async (store) => {
    await store.commit((write) => {
      addDelivery(write, 'm1', { state: 'stored', resealMs: 20 })
      addDelivery(write, 'm2', { state: 'stored' })
      addDelivery(write, 'm3', { state: 'submitted' })
      addDelivery(write, 'm4', { state: 'stored', recipient: 'https://police.example' })
      addDelivery(write, 'm5', { state: 'stored', expiresMs: 10 })
    })
    const due = (ms: number) => store.read.dueForReseal(ms, 9).map(({ message }) => nameOf(message))
    expect([due(30), store.read.nextResealMs(0)]).toEqual([[], undefined])
    await store.commit((write) =>
      write.markForReseal({ states: ['stored', 'held'], nowMs: 10, recipient: NGO }, 9),
    )
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
      write.markForReseal({ states: ['submitted', 'stored'], nowMs: 0 }, 9)
    })
    expect(due(30)).toEqual(['m1', 'm3', 'm4'])
    expect(store.read.delivery(delivery('m2'))).toMatchObject({
      resealPending: true,
      attempts: 1,
      resealMs: 40,
    })
  },
  'messages that a restored partner had received are resent only to that partner': async (store) => {
    await store.commit((write) => {
      addDelivery(write, 'm1', { state: 'received' })
      addDelivery(write, 'm2', { state: 'seen' })
      addDelivery(write, 'm4', { state: 'received', recipient: 'https://police.example' })
      addDelivery(write, 'm5', { state: 'received', expiresMs: 10 })
      addDelivery(write, 'm6', { state: 'refused' })
      write.markForReseal({ states: ['stored', 'received', 'seen', 'held'], nowMs: 10, recipient: NGO }, 9)
    })
    const due = store.read.dueForReseal(10, 9).map(({ message }) => nameOf(message))
    expect(due).toEqual(['m1', 'm2'])
  },
  'many messages are marked a few at a time, and each is checked once, whatever its state and expiry': async (
    store,
  ) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const states = ['stored', 'held', 'received', 'intended', 'seen', 'submitted', 'stored'] as const
    await store.commit((write) => {
      for (const [i, name] of names.entries())
        addDelivery(write, name, { state: states[i] as (typeof states)[number], expiresMs: 50 - (i % 2) })
    })
    const wanted = { states: ['stored', 'held', 'received', 'submitted'], nowMs: 10 } as const
    const due = () => store.read.dueForReseal(10, 9).map(({ message }) => nameOf(message))
    const marked: unknown[] = []
    let after: ResealPlace | undefined
    do {
      after = await store.commit((write) => write.markForReseal(wanted, 2, after))
      marked.push(due().length)
    } while (after !== undefined)
    expect(marked).toEqual([1, 3, 4, 5])
    expect(due()).toEqual(['a', 'b', 'c', 'f', 'g'])
  },
  'stored messages are offered at their time, or now if that is too far ahead, but never expired or marked ones':
    async (store) => {
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
      expect(await store.commit((write) => write.markOffered(20, 1_000, 1))).toBe(1)
      expect(await store.commit((write) => write.markOffered(20, 1_000, 9))).toBe(1)
      expect([due(), store.read.offers(20)]).toEqual([['m1', 'm2'], { firstMs: 30, lastMs: 30 }])
      expect(store.read.offers(50)).toBeUndefined()
    },
  'a restored chain is new once; the incarnation of the desk gateway is stored': async (
    store,
    { reopen },
  ) => {
    const add = async (chain: string) => {
      const { isKnown, isFirst } = store.read.chain(NGO, chain)
      await store.commit((write) => write.addChain(NGO, chain))
      return isKnown ? undefined : isFirst
    }
    expect([await add('c1'), await add('c1'), await add('c2')]).toEqual([true, undefined, false])
    expect(store.read.incarnation()).toBeUndefined()
    for (const incarnation of ['i1', 'i2']) await store.commit((write) => write.putIncarnation(incarnation))
    const again = await reopen()
    expect(again.read.incarnation()).toBe('i2')
    expect(again.read.chain(NGO, 'c2')).toEqual({ isKnown: true, isFirst: false })
  },
}
