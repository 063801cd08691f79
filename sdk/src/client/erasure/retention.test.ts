// Tests of retention by kind and state, in trusted time (REX-THR-074, REX-THR-075).
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { parseRetention } from '../retention-rules.ts'
import { desksInParts, type Parts } from '../tests/harness/parts.ts'
import { Eraser } from './erase.ts'
import { Retention } from './retention.ts'

const DAY = 24 * 60 * 60_000
const NGO = 'https://ngo.example'

/** Makes a desk with ended threads of two kinds and these retention rules. */
async function desk(rules: unknown) {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  const ended = [await hotline.refer({ to: NGO }), await hotline.refer({ to: NGO })]
  for (const thread of ended) await end(hotline, thread)
  const open = await hotline.refer({ to: NGO })
  const logged: object[] = []
  const start = () =>
    new Retention(hotline.desk, {
      eraser: new Eraser(hotline.desk, hotline.composer),
      rules: parseRetention(rules),
      log: (entry) => void logged.push(entry),
      signal: new AbortController().signal,
    })
  /** Advances the clock by this many days. Another organisation confirms the new time, unless `confirmed` is false. */
  const pass = async (days: number, confirmed = true) => {
    await hotline.clock.advance({ days })
    if (confirmed) hotline.desk.time.witness(NGO, hotline.clock.now())
  }
  return { hotline, ended, open, logged, start, pass, erased: () => hotline.desk.store.read.erased(9) }
}

/** Ends the thread by a withdrawal that was received. */
async function end(
  { desk: { store }, composer }: Parts,
  thread: Parameters<Parts['note']>[0],
): Promise<void> {
  await composer.compose(thread, NGO, {
    content: { $case: 'withdraw', value: { code: 'no-longer-needed', text: '' } },
  })
  await store.commit((write) => {
    for (const delivery of store.read.deliveries(thread.id))
      write.updateDelivery(delivery, { state: 'received' })
  })
}

test('REX-THR-075 a thread is erased when two readings of the trusted time, a week apart, find its period over; the erasure is logged', async () => {
  const { ended, logged, start, pass, erased, hotline } = await desk({ '*': { keepAfterEnd: '30d' } })
  hotline.desk.time.witness(NGO, hotline.clock.now())
  const retention = start()
  await pass(29)
  await retention.run()
  expect(await retention.preview(9)).toMatchObject(
    ended.map(({ id }) => ({ id, kind: 'victim-support', state: 'withdrawn' })),
  )
  await pass(2)
  await retention.run()
  await pass(6)
  await retention.run()
  await start().run()
  expect(erased()).toEqual([])
  await pass(2)
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec')
  await retention.run()
  const compacted = exec.mock.calls.filter(([sql]) => sql === 'VACUUM')
  exec.mockRestore()
  expect(compacted).toHaveLength(1)
  expect(erased().map(({ id, reason }) => [id, reason])).toEqual(ended.map(({ id }) => [id, 'retention']))
  expect(logged).toHaveLength(2)
  expect(logged[0]).toMatchObject({ level: 'info', fields: { thread: ended[0]?.id } })
})

test('REX-THR-075 a referral that changes between the two readings needs two new readings, a week apart', async () => {
  const { hotline, ended, start, pass, erased } = await desk({ '*': { keepAfterEnd: '10d' } })
  const [changed, other] = ended as [(typeof ended)[0], (typeof ended)[0]]
  hotline.desk.time.witness(NGO, hotline.clock.now())
  await pass(11)
  await start().run()
  await hotline.note(changed, NGO)
  await hotline.desk.store.commit((write) => {
    for (const delivery of hotline.desk.store.read.deliveries(changed.id))
      write.updateDelivery(delivery, { state: 'received' })
  })
  await pass(11)
  await start().run()
  expect(erased().map(({ id }) => id)).toEqual([other.id])
  await pass(6)
  await start().run()
  expect(erased().map(({ id }) => id)).toEqual([other.id])
  await pass(1)
  await start().run()
  expect(erased().map(({ id }) => id)).toEqual([other.id, changed.id])
})

test('REX-THR-075 a clock that jumps ahead by years erases nothing, however often it is read', async () => {
  const { start, pass, erased, hotline } = await desk({ '*': { keepAfterEnd: '1y' } })
  hotline.desk.time.witness(NGO, hotline.clock.now())
  const { now } = hotline.clock
  const jump = { ...hotline.desk.time, now: () => now() + 3 * 366 * DAY }
  await new Retention(
    { ...hotline.desk, time: jump },
    {
      eraser: new Eraser(hotline.desk, hotline.composer),
      rules: parseRetention({ '*': { keepAfterEnd: '1y' } }),
      log: () => {},
      signal: new AbortController().signal,
    },
  ).run()
  for (let day = 0; day < 10; day++) {
    await pass(1)
    await start().run()
  }
  expect(erased()).toEqual([])
})

test('REX-THR-074 a legal hold, an open step and a longer period keep a thread; the rule of the kind takes precedence', async () => {
  const rules = { '*': { keepAfterEnd: '1d' }, 'victim-support': { keepAfterEnd: '2d', declined: '9y' } }
  const { hotline, ended, open, start, pass, erased } = await desk(rules)
  const [held, other] = ended as [(typeof ended)[0], (typeof ended)[0]]
  held.summary = { ...held.summary, hold: { sinceMs: 1 } }
  await hotline.desk.store.commit((write) => write.putThread(hotline.desk.threads.record(held, 1)))
  hotline.desk.time.witness(NGO, hotline.clock.now())
  for (let days = 0; days < 20; days++) {
    await pass(1)
    await start().run()
  }
  expect(erased().map(({ id }) => id)).toEqual([other.id])
  expect(await start().preview(9)).toMatchObject([{ id: held.id, keptBy: 'it is under legal hold.' }])
  expect(open.erased).toBeUndefined()
})

test.each([
  [[], ''],
  [{ '*': '2y' }, '*'],
  [{ nothing: {} }, 'nothing'],
  [{ '*': { accepted: '2y' } }, '*.accepted'],
  [{ '*': { keepAfterEnd: '2 years' } }, '*.keepAfterEnd'],
  [{ 'victim-support': { completed: '0d' } }, 'victim-support.completed'],
])('rules %j are refused with the path of the error', (rules, path) => {
  expect(() => parseRetention(rules)).toThrow(expect.objectContaining({ reason: 'CONFIG_INVALID', path }))
})
