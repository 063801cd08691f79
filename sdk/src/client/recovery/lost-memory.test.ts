import { expect, test } from 'vitest'
import { virtualClock } from '../../testing/time/clock.ts'
import { observed } from '../store/observed.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import type { DeskStore } from '../store/store.ts'
import { LostMemory } from './lost-memory.ts'

const NGO = 'https://ngo.example'
const DELIVERIES = 1500

const hex = (number: number) => number.toString(16).padStart(64, '0')

/** Makes a desk store from which the NGO has received many messages. */
async function busyStore(): Promise<DeskStore> {
  const store = openSqliteDeskStore(':memory:', { durable: false })
  const content = new Uint8Array(1)
  const [id, thread] = ['01', '01']
  await store.commit((write) => {
    write.putThread({ id, role: 'referrer', test: true, slot: 0, summary: content, refMac: '', updatedMs: 1 })
    for (let i = 0; i < DELIVERIES; i++) {
      const [message, urgent, offerMs] = [hex(i), false, 0]
      write.addMessage({ digest: message, thread, status: 'counted', content })
      const received = { state: 'received', receivedMs: 1, reason: '', expiresMs: 100, sentMs: 1 } as const
      const calm = { urgent, alarmed: false, minimumSuite: 'REX-2' }
      const unmarked = { resealPending: false, attempts: 0, resealMs: 0, offerMs }
      write.addDelivery({ message, recipient: NGO, thread, ...received, ...calm, ...unmarked })
    }
  })
  return store
}

const markedIn = ({ read }: DeskStore): number => read.dueForReseal(50, DELIVERIES).length

/** Makes the `LostMemory` of a desk whose store fails after this many transactions. */
function memoryOf(store: DeskStore, transactions = Number.POSITIVE_INFINITY) {
  const marked: number[] = []
  const commit: DeskStore['commit'] = async (work, undone) => {
    if (marked.length === transactions) throw new Error('The desk ends.')
    const done = await store.commit(work, undone)
    marked.push(markedIn(store))
    return done
  }
  const clock = virtualClock(50, async () => {})
  const peers = { introduce: async () => {} }
  const desk = { store: observed({ ...store, commit }), clock, peers }
  return { marked, memory: new LostMemory(desk, async () => {}) }
}

test('REX-THR-028 a restored partner with many messages does not block other work of the desk', async () => {
  await using store = await busyStore()
  const { memory, marked } = memoryOf(store)
  await store.commit((write) => write.addChain(NGO, 'first'))
  await Promise.all([memory.heardFrom(NGO, 'second', false), memory.heardFrom(NGO, 'second', true)])
  const together = marked.map((count, i) => count - (marked[i - 1] ?? 0))
  expect(Math.max(...together)).toBeLessThanOrEqual(512)
  expect(markedIn(store)).toBe(DELIVERIES)
  expect(store.read.chain(NGO, 'second')).toEqual({ isKnown: true, isFirst: false })
})

test('REX-THR-028 a desk that is closed while it marks messages marks them all when the partner contacts it again', async () => {
  await using store = await busyStore()
  const ended = memoryOf(store, 2)
  await expect(ended.memory.heardFrom(NGO, 'second', true)).rejects.toThrow('The desk ends.')
  const left = DELIVERIES - markedIn(store)
  expect([left > 0, left < DELIVERIES]).toEqual([true, true])
  expect(store.read.chain(NGO, 'second').isKnown).toBe(false)
  await memoryOf(store).memory.heardFrom(NGO, 'second', true)
  expect(markedIn(store)).toBe(DELIVERIES)
  expect(store.read.chain(NGO, 'second').isKnown).toBe(true)
})

test('REX-MBX-014 a gateway with lost memory is recorded only once all messages are marked', async () => {
  await using store = await busyStore()
  await store.commit((write) => write.putIncarnation('before'))
  const { memory } = memoryOf(store, 1)
  await expect(memory.metGateway('after')).rejects.toThrow('The desk ends.')
  expect(store.read.incarnation()).toBe('before')
  await memoryOf(store).memory.metGateway('after')
  expect(store.read.incarnation()).toBe('after')
})
