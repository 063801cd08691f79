// Lists of open threads read only the open threads, however many closed threads exist.
import { beforeEach, expect, test, vi } from 'vitest'
import { type TestNetwork, testNetwork } from '../../../testing/network.ts'
import { buildReferral } from '../../../testing/referral.ts'
import type { Desk } from '../../api/desk.ts'
import type { DeskStore } from '../../store/store.ts'

const stores: DeskStore[] = []
vi.mock('../../store/sqlite.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../store/sqlite.ts')>()
  const openSqliteDeskStore: typeof original.openSqliteDeskStore = (...options) => {
    const store = original.openSqliteDeskStore(...options)
    stores.push(store)
    return store
  }
  return { ...original, openSqliteDeskStore }
})

let network: TestNetwork<'hotline' | 'ngo'>
let hotline: Desk
let ngo: Desk

beforeEach(async () => {
  stores.length = 0
  network = await testNetwork(['hotline', 'ngo'])
  ;({ hotline, ngo } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

async function refer() {
  const mine = await hotline.send(buildReferral(), { to: ngo.organisation })
  await network.settle()
  return { mine, theirs: await ngo.thread(mine.id) }
}

/** Counts the open threads that each desk's list has to read. */
const listed = () => stores.map(({ read }) => read.open(99).length)

test('no list of open threads reads a finished thread, on either side, even after a later event in it', async () => {
  const { mine, theirs } = await refer()
  await refer()
  await theirs.accept()
  await theirs.progress({ code: 'contact-made' })
  await network.settle()
  expect(listed()).toEqual([2, 2])
  await theirs.complete({ outcome: 'service-provided' })
  await network.settle()
  expect(listed()).toEqual([1, 1])
  await mine.note({ text: 'Thank you.' })
  await network.settle()
  expect(listed()).toEqual([1, 1])
})

test('a finished thread is listed again while an acknowledgement in it is due', async () => {
  const { mine, theirs } = await refer()
  await theirs.decline({ code: 'no-capacity' })
  await network.settle()
  expect(listed()).toEqual([0, 0])
  await mine.changeConsent({ code: 'withdrawn' })
  await network.settle()
  expect(listed()).toEqual([1, 1])
  expect((await ngo.threads({ mine: true })).map(({ nextStep }) => nextStep?.what)).toEqual([
    'acknowledge-consent',
  ])
  await theirs.acknowledgeConsent({ code: 'restricted' })
  await network.settle()
  expect(listed()).toEqual([0, 0])
})

test('a referral that did not arrive is listed, although its thread is finished', async () => {
  network.faults.to('ngo').refuse('WRONG_RECIPIENT')
  const mine = await hotline.send(buildReferral(), { to: ngo.organisation })
  await network.settle()
  expect((await hotline.threads({ open: true })).map(({ id }) => id)).toEqual([mine.id])
  await mine.withdraw({ code: 'no-longer-needed' })
  await network.settle()
  expect(await hotline.threads({ open: true })).toEqual([])
})
