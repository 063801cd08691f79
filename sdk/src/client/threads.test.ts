// Tests of the lists of threads. docs/guide/desk.md, "Threads"
import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { type TestNetwork, testNetwork } from '../testing/network.ts'
import { buildReferral } from '../testing/referral.ts'
import type { Desk, ThreadSummary, ThreadsOptions } from './api/desk.ts'
import { openSqliteDeskStore } from './store/sqlite.ts'
import { ThreadRepository } from './thread/repository/repository.ts'

let network: TestNetwork<'hotline' | 'ngo'>
let hotline: Desk
let ngo: Desk

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  ;({ hotline, ngo } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

const refer = async () => (await hotline.send(buildReferral(), { to: ngo.organisation })).id
const referAs = async (ref: string) => (await hotline.send(buildReferral(), { to: ngo.organisation, ref })).id
const idsOf = (threads: readonly ThreadSummary[]) => threads.map(({ id }) => id)

/** Returns all threads that match the options, read page by page. */
async function paged(desk: Desk, options: ThreadsOptions): Promise<ThreadSummary[]> {
  const page = await desk.threads(options)
  const after = page.at(-1)?.cursor
  return after === undefined ? [] : [...page, ...(await paged(desk, { ...options, after }))]
}

test('newer changes do not push a neglected thread out of "mine"', async () => {
  const neglected = await refer()
  await network.settle()
  await network.clock.advance({ hours: 1 })
  const answered = [await refer(), await refer(), await refer()]
  await network.settle()
  for (const id of answered) await (await ngo.thread(id)).decline({ code: 'no-capacity' })
  await network.settle()
  expect(idsOf(await ngo.threads({ mine: true, limit: 1 }))).toEqual([neglected])
  expect(await hotline.threads({ mine: true })).toEqual([])
  expect(idsOf(await hotline.threads({ open: true }))).toEqual([neglected])
})

test('the soonest due thread comes first', async () => {
  const old = await refer()
  await network.clock.advance({ days: 1 })
  const young = await refer()
  await network.clock.advance({ hours: 1 })
  await (await hotline.thread(old)).note({ text: 'Still wanted.' })
  await network.clock.advance({ days: 3 })
  expect(idsOf(await ngo.threads({ mine: true }))).toEqual([young, old])
})

test.each([{}, { open: true }])('pages with %o lose nothing within a millisecond', async (options) => {
  const ids = [await refer(), await refer(), await refer(), await refer(), await refer()]
  await network.settle()
  const all = idsOf(await paged(hotline, { ...options, limit: 2 }))
  expect([all.length, all.toSorted()]).toEqual([5, ids.toSorted()])
})

test('threads are found by their own reference and by the beginning of their id, page after page', async () => {
  const [first, second] = [await referAs('H-1'), await referAs('H-1')]
  const other = await referAs('H-2')
  await refer()
  expect(idsOf(await paged(hotline, { ref: 'H-1', limit: 1 })).toSorted()).toEqual([first, second].toSorted())
  expect(idsOf(await hotline.threads({ ref: 'H-2', open: true }))).toEqual([other])
  expect(await hotline.threads({ ref: 'H-2', mine: true })).toEqual([])
  expect(await hotline.threads({ ref: 'H' })).toEqual([])
  expect(idsOf(await hotline.threads({ idPrefix: other.slice(0, 12) }))).toEqual([other])
  expect(await hotline.threads({ idPrefix: other.slice(0, 12), ref: 'H-1' })).toEqual([])
  const pages = await Promise.all(
    [...'0123456789abcdef'].map((idPrefix) => paged(hotline, { idPrefix, limit: 1 })),
  )
  const all = idsOf(pages.flat())
  expect([all.length, all]).toEqual([4, all.toSorted()])
})

test('a reference is sealed in the store, next to a MAC of it', async () => {
  const store = openSqliteDeskStore(':memory:', { durable: false })
  const [one, two] = [
    new ThreadRepository('https://a.example', randomBytes(32), store),
    new ThreadRepository('https://a.example', randomBytes(32), store),
  ]
  expect(one.refMacOf('H-1')).toMatch(/^[0-9a-f]{32}$/)
  expect(one.refMacOf('H-1')).toBe(one.refMacOf('H-1'))
  expect(one.refMacOf('H-1')).not.toBe(two.refMacOf('H-1'))
})

test.each([{ idPrefix: '' }, { idPrefix: '7F3A' }, { idPrefix: 'a'.repeat(33) }, { ref: '' }])(
  '%o is refused',
  async (options) => {
    const [path] = Object.keys(options)
    await expect(hotline.threads(options)).rejects.toMatchObject({ reason: 'CONFIG_INVALID', path })
  },
)

test('an invalid cursor is refused', async () => {
  await expect(hotline.threads({ after: 'x' })).rejects.toMatchObject({ reason: 'MALFORMED', path: 'after' })
})
