// Tests of the test network, written as a partner would write tests.
import { beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '../client/api/desk.ts'
import type { Thread } from '../client/api/thread.ts'
import { verifyInvite } from '../core/identity/invite.ts'
import { verifyEvidence } from '../core/receipt/evidence.ts'
import { itemsOf as itemsAt, urgentReferral } from './harness/fixture.ts'
import { type TestNetwork, testNetwork } from './network.ts'
import { buildReferral, exampleReferral } from './referral.ts'

const NAMES = ['hotline', 'ngo', 'police'] as const

let network: TestNetwork<(typeof NAMES)[number]>
let hotline: Desk
let ngo: Desk
let police: Desk

beforeEach(async () => {
  network = await testNetwork(NAMES)
  ;({ hotline, ngo, police } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

const itemsOf = (desk: Desk) => itemsAt(network, desk)

/** Sends the smallest referral to the NGO. */
const refer = (options: object = {}): Promise<Thread> =>
  hotline.send(buildReferral(), { to: ngo.organisation, ...options })

describe('the closed loop', () => {
  test('sent, accepted, disclosed, completed: the same state on both sides', async () => {
    const mine = await hotline.send(exampleReferral('victim-support-grooming'), {
      to: ngo.organisation,
      ref: 'H-1',
    })
    await network.settle()
    const theirs = await ngo.thread(mine.id)
    await theirs.accept({ reference: 'N-1' })
    await network.settle()
    await mine.disclose()
    await network.settle()
    expect((await theirs.current()).referral.people?.length).toBeGreaterThan(0)
    await theirs.complete({ outcome: 'service-provided' })
    await network.settle()
    const views = await Promise.all([mine.view(), theirs.view()])
    expect(views.map(({ state }) => state)).toEqual(['completed', 'completed'])
    expect(views.flatMap(({ delivery }) => delivery.map(({ state }) => state))).toEqual(
      Array(4).fill('received'),
    )
  })

  test('sealing and signing are real: the evidence verifies with the entity keys alone', async () => {
    const mine = await refer()
    await network.settle()
    const keys = await Promise.all(
      [hotline, ngo].map(async (desk) => {
        const { configuration } = await verifyInvite((await desk.invite()).invite, network.clock.now())
        return [desk.organisation, configuration.entityKey] as const
      }),
    )
    const { messages } = await verifyEvidence(await mine.export(), (id) => new Map(keys).get(id))
    expect(messages.map(({ type, deliveries }) => [type, deliveries[0]?.receipts.length])).toEqual([
      ['REFER', 1],
    ])
  })

  test('`settle` waits for readers in the background', async () => {
    const taken: string[] = []
    const closing = new AbortController()
    const reading = (async () => {
      for await (const item of ngo.receive({ concurrency: 4, signal: closing.signal })) {
        await new Promise(setImmediate)
        await item.thread.accept()
        taken.push(item.thread.id)
        await item.ack()
      }
    })()
    const sent = await Promise.all(Array.from({ length: 8 }, () => refer()))
    await network.settle()
    expect(taken.sort()).toEqual(sent.map(({ id }) => id).sort())
    expect((await itemsOf(hotline)).filter(({ kind }) => kind === 'event')).toHaveLength(8)
    closing.abort()
    await reading
  })

  test('a closed desk delays nobody else', async () => {
    await ngo[Symbol.asyncDispose]()
    const mine = await refer()
    await network.settle()
    expect((await mine.view()).delivery).toMatchObject([{ state: 'stored' }])
  })

  test('an organisation that is no longer paired is refused', async () => {
    await hotline.unpair(police.organisation)
    await expect(hotline.send(buildReferral(), { to: police.organisation })).rejects.toMatchObject({
      reason: 'UNKNOWN_ORGANISATION',
    })
  })
})

describe('time', () => {
  test('stands still until the test advances it', async () => {
    const before = network.clock.now()
    await refer()
    await network.settle()
    expect(network.clock.now()).toBe(before)
    await network.clock.advance({ days: 2, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 })
    expect(network.clock.now() - before).toBe(176_461_001)
  })

  test('a deadline passes: the next step is overdue', async () => {
    const mine = await hotline.send(urgentReferral(), { to: ngo.organisation })
    await network.settle()
    expect((await mine.view()).nextStep).toMatchObject({ who: ngo.organisation, overdue: false })
    await network.clock.advance({ days: 2 })
    expect((await mine.view()).nextStep).toMatchObject({ who: ngo.organisation, overdue: true })
  })

  test('an item with `nak` is delivered again when it is due', async () => {
    await refer()
    await network.settle()
    for await (const item of ngo.receive()) {
      await item.nak(60_000)
      break
    }
    expect(await itemsOf(ngo)).toEqual([])
    await network.clock.advance({ minutes: 1 })
    expect(await itemsOf(ngo)).toMatchObject([{ kind: 'referral', redelivered: 1 }])
  })

  test('maintenance continues over months: encryption keys change, old keys are destroyed, new keys open mail', async () => {
    const before = (await ngo.health()).keysSinceMs
    await network.clock.advance({ days: 30 })
    const mine = await refer()
    await network.settle()
    expect((await mine.view()).delivery).toMatchObject([{ state: 'received' }])
    expect((await ngo.health()).keysSinceMs).toBeGreaterThan(before)
  })
})

describe('a scripted peer', () => {
  test('answers automatically', async () => {
    network
      .peer('police')
      .onReferral((thread) => thread.accept())
      .onEvent('disclose', (thread) => thread.complete({ outcome: 'service-provided' }))
    const mine = await hotline.send(buildReferral(), { to: police.organisation })
    await network.settle()
    expect((await mine.view()).state).toBe('accepted')
    await mine.disclose()
    await network.settle()
    expect((await mine.view()).state).toBe('completed')
  })

  test('can be given another answer', async () => {
    network.peer('ngo').onReferral((thread) => thread.accept())
    network.peer('ngo').onReferral((thread) => thread.decline({ code: 'no-capacity' }))
    const mine = await refer()
    await network.settle()
    expect((await mine.view()).state).toBe('declined')
  })

  test('fails the test if its answer fails, and still answers the next referral', async () => {
    network.peer('ngo').onReferral((thread) => thread.disclose())
    const mine = await refer()
    await expect(network.settle()).rejects.toMatchObject({ reason: 'NOT_FOUND' })
    network.peer('ngo').onReferral((thread) => thread.accept())
    await refer()
    await network.settle()
    expect((await mine.view()).state).toBe('requested')
  })
})

describe('faults', () => {
  const stateOf = async (thread: Thread) => (await thread.view()).delivery[0]?.state

  test('a lost message is resent automatically', async () => {
    network.faults.to('ngo').drop(2)
    const mine = await refer()
    await network.settle()
    expect(await stateOf(mine)).toBe('submitted')
    await network.clock.advance({ seconds: 29 })
    expect(await stateOf(mine)).toBe('submitted')
    await network.clock.advance({ seconds: 1 })
    expect(await stateOf(mine)).toBe('received')
  })

  test('a delay takes its time; others are not delayed', async () => {
    network.faults.from('hotline').to('ngo').delay({ hours: 3 })
    const [slow, fast] = [await refer(), await hotline.send(buildReferral(), { to: police.organisation })]
    await network.settle()
    expect([await stateOf(slow), await stateOf(fast)]).toEqual(['submitted', 'received'])
    await network.clock.advance({ hours: 3 })
    expect(await stateOf(slow)).toBe('received')
  })

  test('T-041 a duplicate has one effect', async () => {
    network.faults.duplicate(10)
    const mine = await refer()
    await network.settle()
    await (await ngo.thread(mine.id)).accept()
    await network.settle()
    expect((await itemsOf(ngo)).map(({ kind }) => kind)).toEqual(['referral'])
    expect((await itemsOf(hotline)).map(({ kind }) => kind)).toEqual(['event'])
    const { events } = await mine.changes()
    expect(events.map(({ type }) => type)).toEqual(['refer', 'accept'])
  })

  test('T-045 messages that arrive out of order are put in order', async () => {
    const mine = await refer()
    await network.settle()
    network.faults.to('ngo').reorder()
    for (const text of ['first', 'second']) await mine.note({ text })
    expect(await itemsOf(ngo)).toMatchObject([
      { kind: 'referral' },
      { kind: 'alarm', alarm: 'gap' },
      { kind: 'event', event: { content: { text: 'first' } } },
      { kind: 'event', event: { content: { text: 'second' } } },
    ])
  })

  test('a reordered message that nothing overtakes arrives after 10 seconds', async () => {
    network.faults.reorder()
    const mine = await refer()
    await network.settle()
    expect(await stateOf(mine)).toBe('submitted')
    await network.clock.advance({ seconds: 10 })
    expect(await stateOf(mine)).toBe('received')
  })

  test('P3 a permanent refusal is reported as a failure, with the own case number', async () => {
    network.faults.to('ngo').refuse('WRONG_RECIPIENT')
    await refer({ ref: 'H-7' })
    await network.settle()
    expect(await itemsOf(hotline)).toMatchObject([
      { kind: 'failure', outcome: 'refused', reason: 'WRONG_RECIPIENT', ref: 'H-7' },
    ])
  })

  test('a temporary refusal is retried', async () => {
    network.faults.to('ngo').refuse('QUOTA_EXCEEDED')
    const mine = await refer()
    await network.clock.advance({ seconds: 10 })
    expect(await stateOf(mine)).toBe('received')
  })

  test('T-089 after a partition everything arrives once, in order', async () => {
    network.faults.to('ngo').disconnect()
    const sent = []
    for (let i = 0; i < 5; i++) sent.push(await refer())
    await network.clock.advance({ days: 3 })
    expect(await itemsOf(ngo)).toEqual([])
    network.faults.heal()
    expect((await itemsOf(ngo)).map(({ thread }) => thread.id)).toEqual(sent.map(({ id }) => id))
    expect(await Promise.all(sent.map(stateOf))).toEqual(Array(5).fill('received'))
  })

  test('T-093 an urgent message that is late raises an alarm, and ends as expired', async () => {
    network.faults.disconnect()
    await hotline.send(urgentReferral(), { to: ngo.organisation, lifetimeMs: 3_600_000 })
    await network.clock.advance({ minutes: 15 })
    expect(await itemsOf(hotline)).toMatchObject([{ kind: 'alarm', alarm: 'delayed' }])
    await network.clock.advance({ hours: 1 })
    expect(await itemsOf(hotline)).toMatchObject([{ kind: 'failure', outcome: 'expired' }])
  })

  test('healing one side leaves the others broken', async () => {
    network.faults.to('ngo').disconnect()
    network.faults.to('police').disconnect()
    const [one, other] = [await refer(), await hotline.send(buildReferral(), { to: police.organisation })]
    network.faults.to('police').heal()
    await network.settle()
    expect([await stateOf(one), await stateOf(other)]).toEqual(['submitted', 'received'])
  })
})

test('an impossible name of an organisation is refused', async () => {
  await expect(testNetwork(['Hot line'])).rejects.toMatchObject({ reason: 'MALFORMED', path: 'name' })
})

test('two networks are independent, and start at the given time', async () => {
  const now = Date.UTC(2030, 0, 1)
  const logged: string[] = []
  await using other = await testNetwork(['hotline', 'ngo'], { now, log: (name) => logged.push(name) })
  await refer()
  await network.settle()
  expect(await other.desks.ngo.threads()).toEqual([])
  expect(other.clock.now()).toBe(now)
  expect(new Set(logged)).toEqual(new Set(['hotline', 'ngo']))
})
