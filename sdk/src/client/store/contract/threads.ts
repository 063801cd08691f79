// Tests of the order, the search and the due times of threads. Part of the contract of every desk store.
import { expect } from 'vitest'
import { type ContractTests, hex, nameOf, thread } from './records.ts'

export const THREADS: ContractTests = {
  'threads are listed last change first': async (store) => {
    await store.commit((write) => {
      for (const ms of [1, 3, 2]) write.putThread(thread(`t${ms}`, ms))
    })
    expect(store.read.threads(2).map(({ id }) => nameOf(id))).toEqual(['t3', 't2'])
    expect(store.read.threads(9, { ms: 2, id: hex('t2') }).map(({ id }) => nameOf(id))).toEqual(['t1'])
  },
  'all threads of one millisecond are listed, whatever the page size; open ones too, soonest due first':
    async (store) => {
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
    },
  'threads are found by the beginning of their id and by their reference, page after page': async (store) => {
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
  },
  'a thread is due from its soonest due time until that was checked, whatever else changes; an alarm is new once':
    async (store) => {
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
    },
}
