// Every send reaches an outcome that its sender sees, whatever happens on the way (P3).
import { beforeEach, describe, expect, test } from 'vitest'
import { itemsOf as itemsAt, urgentReferral } from '../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Desk } from '../api/desk.ts'
import type { Thread } from '../api/thread.ts'

let network: TestNetwork<'hotline' | 'ngo'>
let hotline: Desk
let ngo: Desk

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  ;({ hotline, ngo } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

const allItemsOf = (desk: Desk) => itemsAt(network, desk)
/** Returns the items of a desk, without alarms about overdue steps. */
const itemsOf = async (desk: Desk) =>
  (await allItemsOf(desk)).filter((item) => item.kind !== 'alarm' || item.alarm !== 'overdue')
const refer = (options: object = {}): Promise<Thread> =>
  hotline.send(buildReferral(), { to: ngo.organisation, ...options })

/** Sends an urgent referral that the NGO receives. Its events expire after three days, its receipts after two weeks. */
async function referUrgently(): Promise<Thread> {
  const mine = await hotline.send(urgentReferral(), { to: ngo.organisation })
  await itemsOf(ngo)
  return mine
}

const statesOf = async (thread: Thread) => (await thread.view()).delivery.map(({ state }) => state)
const typesOf = async (thread: Thread) => (await thread.changes()).events.map(({ type }) => type)

test('P3 a stored message that no desk answers expires, and the sender is told', async () => {
  await ngo[Symbol.asyncDispose]()
  const mine = await refer({ lifetimeMs: 3_600_000, ref: 'H-7' })
  await network.clock.advance({ hours: 1 })
  expect([await statesOf(mine), await itemsOf(hotline)]).toEqual([['stored'], []])
  await network.clock.advance({ hours: 1, minutes: 10 })
  expect(await statesOf(mine)).toEqual(['expired'])
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'failure', outcome: 'expired', ref: 'H-7' }])
})

test('P3 a message answered after its expiry is received: it counts again, and the sender is told', async () => {
  const mine = await referUrgently()
  network.faults.from('ngo').disconnect()
  await mine.note({ text: 'Late.' })
  await network.clock.advance({ days: 3, hours: 2 })
  expect(await itemsOf(hotline)).toMatchObject([
    { kind: 'alarm', alarm: 'unreceived' },
    { kind: 'failure', outcome: 'expired' },
  ])
  network.faults.from('ngo').heal()
  await network.clock.advance({ hours: 1 })
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'alarm', alarm: 'received-late' }])
  expect(await statesOf(mine)).toEqual(['received', 'received'])
  await mine.note({ text: 'Next.' })
  await network.settle()
  expect((await mine.view()).frozen).toBeUndefined()
  expect(await typesOf(mine)).toEqual(await typesOf(await ngo.thread(mine.id)))
})

test('T-045 an event that overtakes its referral waits for it in the mailbox', async () => {
  network.faults.to('ngo').reorder()
  const mine = await refer()
  await mine.note({ text: 'Overtaking.' })
  expect(await itemsOf(ngo)).toMatchObject([{ kind: 'referral' }])
  await network.clock.advance({ seconds: 5 })
  expect(await itemsOf(ngo)).toMatchObject([{ kind: 'event', event: { type: 'note' } }])
  expect(await statesOf(mine)).toEqual(['received', 'received'])
})

test('T-045 an event whose referral does not arrive is finally refused, and the thread continues without it', async () => {
  network.faults.to('ngo').delay({ days: 1 })
  const mine = await refer()
  await mine.note({ text: 'Too early.' })
  await network.clock.advance({ hours: 2 })
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'failure', outcome: 'refused', reason: 'NOT_FOUND' }])
  const { problems } = await ngo.health()
  expect(problems).toContainEqual({
    code: 'unreadable',
    severity: 'warning',
    message: expect.stringContaining('in five attempts and has given up (NOT_FOUND)'),
  })
  await network.clock.advance({ hours: 22 })
  await mine.note({ text: 'Again.' })
  expect(await itemsOf(ngo)).toMatchObject([{ kind: 'referral' }, { kind: 'event' }])
  const [theirs] = await ngo.threads()
  expect(await typesOf(await ngo.thread(theirs?.id as string))).toEqual(['refer', 'note'])
})

test('P3 an event whose missing predecessor has expired expires too, and the mailbox continues', async () => {
  const mine = await referUrgently()
  network.faults.to('ngo').delay({ days: 30 })
  await mine.note({ text: 'Lost.' })
  // Urgent messages are offered again several times before the end of this test, so the answers to all these attempts have to be late.
  network.faults.from('ngo').delay({ days: 3, minutes: 5 }, 100)
  await mine.note({ text: 'Follows.' })
  await network.clock.advance({ days: 3, hours: 1, minutes: 10 })
  expect(await itemsOf(hotline)).toMatchObject([
    { kind: 'alarm', alarm: 'delayed' },
    { kind: 'alarm', alarm: 'unreceived' },
    { kind: 'failure', outcome: 'expired' },
  ])
})

test('sections that were provided and never arrived are not part of the current referral', async () => {
  const mine = await refer()
  await itemsOf(ngo)
  const theirs = await ngo.thread(mine.id)
  await theirs.requestInfo({ questions: [{ text: 'How many children?' }] })
  await itemsOf(hotline)
  const before = (await mine.current()).referral.triage
  network.faults.to('ngo').refuse('QUOTA_EXCEEDED', 1000)
  const triage = { ...before, children: 3 } as NonNullable<typeof before>
  await mine.provideInfo({ answers: [{ id: '1', text: 'Three.' }], referral: { triage } })
  expect((await mine.current()).referral.triage).toMatchObject({ children: 3 })
  await network.clock.advance({ days: 15 })
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'failure', outcome: 'expired' }])
  expect((await mine.current()).referral.triage).toEqual(before)
})

describe('P3 a referral that never arrived', () => {
  const viewOf = async (thread: Thread) => {
    const { state, undelivered, nextStep } = await thread.view()
    return { state, undelivered, nextStep }
  }
  const mustReferAgain = { who: 'https://hotline.example', what: 'refer-again', overdue: true }

  test('REX-THR-051 refused: the view, the list and the failure say so, and the referrer must act', async () => {
    network.faults.to('ngo').refuse('HANDLING_REFUSED')
    const mine = await refer()
    expect(await itemsOf(hotline)).toMatchObject([
      { kind: 'failure', outcome: 'refused', type: 'refer', reason: 'HANDLING_REFUSED' },
    ])
    const stands = {
      state: 'requested',
      undelivered: { outcome: 'refused', reason: 'HANDLING_REFUSED' },
      nextStep: mustReferAgain,
    }
    expect(await viewOf(mine)).toEqual(stands)
    expect(await hotline.threads({ mine: true })).toMatchObject([{ id: mine.id, ...stands }])
  })

  test('expired: the same consequences, until the referral is received after all', async () => {
    network.faults.from('ngo').disconnect()
    const mine = await refer({ lifetimeMs: 86_400_000 })
    await network.clock.advance({ days: 1, hours: 2 })
    expect(await viewOf(mine)).toMatchObject({
      undelivered: { outcome: 'expired', reason: 'EXPIRED' },
      nextStep: mustReferAgain,
    })
    network.faults.from('ngo').heal()
    await network.clock.advance({ hours: 1 })
    const { undelivered, nextStep } = await mine.view()
    expect([undelivered, nextStep]).toMatchObject([undefined, { who: ngo.organisation, what: 'decide' }])
  })

  test.each(['a referral that follows', 'a withdrawal, though it ends refused too'])(
    'is settled by %s',
    async (settling) => {
      network.faults.to('ngo').refuse('HANDLING_REFUSED')
      const mine = await refer()
      await network.settle()
      if (settling === 'a referral that follows') await refer({ follows: mine.id })
      else await mine.withdraw({ code: 'no-longer-needed' })
      await network.clock.advance({ hours: 3 })
      expect(await viewOf(mine)).toEqual({
        state: 'requested',
        undelivered: { outcome: 'refused', reason: 'HANDLING_REFUSED' },
        nextStep: undefined,
      })
    },
  )
})

test('a failure says which message was lost', async () => {
  await refer()
  const [item] = await itemsOf(ngo)
  network.faults.to('hotline').refuse('HANDLING_REFUSED')
  await item?.thread.accept()
  const [failure] = await itemsOf(ngo)
  const [sent] = (await item?.thread.view())?.delivery ?? []
  expect(failure).toMatchObject({
    kind: 'failure',
    type: 'accept',
    messageId: sent?.messageId,
    recipient: hotline.organisation,
  })
})

test('an alarm states its message and recipient, and has a separate id', async () => {
  const mine = await referUrgently()
  network.faults.to('ngo').delay({ days: 30 })
  await mine.note({ text: 'Lost.' })
  await network.clock.advance({ days: 3, minutes: 11 })
  const [alarm, failure] = await itemsOf(hotline)
  const about = {
    type: 'note',
    messageId: (await mine.view()).delivery[1]?.messageId,
    recipient: ngo.organisation,
  }
  expect([alarm, failure]).toMatchObject([
    { kind: 'alarm', ...about },
    { kind: 'failure', ...about },
  ])
  expect(alarm?.id).not.toBe(failure?.id)
})

describe('REX-THR-052 time raises each alarm once', () => {
  const unreceived = { kind: 'alarm', alarm: 'unreceived', type: 'refer' }
  const referUrgent = () => hotline.send(urgentReferral(), { to: ngo.organisation, ref: 'H-9' })

  test('unreceived: urgent and stored there, but no desk reads it', async () => {
    await ngo[Symbol.asyncDispose]()
    const mine = await referUrgent()
    await network.clock.advance({ minutes: 14 })
    expect([await itemsOf(hotline), (await mine.view()).unreceived]).toEqual([[], false])
    await network.clock.advance({ minutes: 1 })
    expect(await itemsOf(hotline)).toMatchObject([{ ...unreceived, recipient: ngo.organisation, ref: 'H-9' }])
    expect((await mine.view()).unreceived).toBe(true)
    expect(await hotline.threads()).toMatchObject([{ unreceived: true }])
    await network.clock.advance({ hours: 3 })
    expect(await itemsOf(hotline)).toEqual([])
  })

  test('delayed: not even stored there; gateway and desk both notice, but raise one alarm; never for routine messages', async () => {
    network.faults.to('ngo').disconnect()
    await refer()
    await referUrgent()
    await network.clock.advance({ hours: 1 })
    expect(await itemsOf(hotline)).toMatchObject([{ kind: 'alarm', alarm: 'delayed', type: 'refer' }])
  })

  test('a message received in time raises no alarm', async () => {
    await referUrgent()
    await network.clock.advance({ hours: 1 })
    expect(await itemsOf(hotline)).toEqual([])
  })
})

describe('REX-THR-052 an overdue step is reported once', () => {
  test('overdue: a step of either side, at both desks; the next step has an alarm of its own', async () => {
    const mine = await referUrgently()
    await network.clock.advance({ days: 1 })
    expect([await allItemsOf(hotline), await allItemsOf(ngo)]).toEqual([[], []])
    await network.clock.advance({ minutes: 1 })
    const { byMs } = (await mine.view()).nextStep ?? {}
    const decide = {
      kind: 'alarm',
      alarm: 'overdue',
      counterpart: ngo.organisation,
      step: { who: ngo.organisation, what: 'decide', byMs },
    }
    const [atHotline, ...others] = await allItemsOf(hotline)
    expect([atHotline, others]).toMatchObject([decide, []])
    expect(await allItemsOf(ngo)).toMatchObject([{ ...decide, counterpart: hotline.organisation }])
    await network.clock.advance({ days: 1 })
    expect([await allItemsOf(hotline), await allItemsOf(ngo)]).toEqual([[], []])
    await (await ngo.thread(mine.id)).requestInfo({ questions: [{ text: 'Which school?' }] })
    await network.settle()
    await network.clock.advance({ hours: 5 })
    const step = { who: hotline.organisation, what: 'provide-info' }
    expect(await allItemsOf(hotline)).toMatchObject([{ kind: 'event' }, { alarm: 'overdue', step }])
    expect(await allItemsOf(ngo)).toMatchObject([{ alarm: 'overdue', step }])
  })

  test('overdue: a time that the referral sets', async () => {
    const { triage, ...referral } = urgentReferral()
    const due = new Date(network.clock.now() + 1_800_000).toISOString().replace(':00.000', '')
    const soon = { ...referral, triage: { ...triage, urgency: { reason: 'content-spreading', due } } }
    await hotline.send(soon as ReturnType<typeof urgentReferral>, { to: ngo.organisation })
    await network.clock.advance({ minutes: 31 })
    expect(await allItemsOf(hotline)).toMatchObject([{ alarm: 'overdue', step: { what: 'decide' } }])
  })

  test('a step that is done in time raises no alarm', async () => {
    const mine = await referUrgently()
    await (await ngo.thread(mine.id)).decline({ code: 'no-capacity' })
    await network.clock.advance({ days: 3 })
    expect(await allItemsOf(hotline)).toMatchObject([{ kind: 'event' }])
    expect(await allItemsOf(ngo)).toEqual([])
  })
})
