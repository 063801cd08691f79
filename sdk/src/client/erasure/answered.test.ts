// Tests of erasures that answer a recall or a withdrawal of consent, and of the reasons that forbid an erasure (REX-THR-070, T-155).
import { Submission } from '@rex/proto/mailbox/v1/mailbox'
import { beforeEach, expect, test, vi } from 'vitest'
import { itemsOf as itemsAt } from '../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Desk } from '../api/desk.ts'
import type { Thread } from '../api/thread.ts'
import { queued } from '../outbox/queue.ts'
import { desksInParts } from '../tests/harness/parts.ts'
import { Eraser } from './erase.ts'

let network: TestNetwork<'hotline' | 'ngo'>
let hotline: Desk
let ngo: Desk

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  ;({ hotline, ngo } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

const itemsOf = (desk: Desk) => itemsAt(network, desk)

async function referred(): Promise<{ mine: Thread; theirs: Thread }> {
  const mine = await hotline.send(buildReferral(), { to: ngo.organisation })
  await itemsOf(ngo)
  await itemsOf(hotline)
  return { mine, theirs: await ngo.thread(mine.id) }
}

const refused = (message: string) => ({
  reason: 'INVALID_EVENT',
  message: expect.stringContaining(message),
  metadata: { event: 'erase' },
})

test('REX-THR-070 a recalled referral is attested as destroyed only when it is erased', async () => {
  const { mine, theirs } = await referred()
  await mine.recall({ code: 'sent-to-wrong-recipient' })
  await itemsOf(ngo)
  for (const code of ['destroyed', 'destroyed-before-reading'])
    await expect(theirs.attestRecall({ code })).rejects.toMatchObject({ reason: 'INVALID_EVENT' })
  await expect(theirs.erase({ reason: 'request' })).rejects.toMatchObject(refused('attest-recall'))
  await theirs.erase({ reason: 'recall' })
  const attested = { type: 'recall-attestation', content: { code: 'destroyed' } }
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'event', event: attested }])
  expect((await mine.view()).nextStep).toBeUndefined()
  expect(await itemsOf(ngo)).toMatchObject([{ kind: 'erased', erased: { reason: 'recall' } }])
  await expect(theirs.view()).rejects.toMatchObject({ reason: 'ERASED' })
  await mine.erase({ reason: 'retention' })
})

test('REX-THR-070 an erasure acknowledges a withdrawal of consent as destroyed', async () => {
  const { mine, theirs } = await referred()
  await mine.changeConsent({ code: 'withdrawn' })
  await itemsOf(ngo)
  await expect(theirs.acknowledgeConsent({ code: 'destroyed' })).rejects.toMatchObject({
    reason: 'INVALID_EVENT',
  })
  await theirs.erase({ reason: 'consent' })
  const acknowledged = { type: 'consent-acknowledgement', content: { code: 'destroyed' } }
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'event', event: acknowledged }])
})

test.each([
  ['recall', 'consent'],
  ['consent', 'recall'],
] as const)(
  'REX-THR-074 with a recall and a withdrawal of consent, the %s causes no erasure until the other has been answered',
  async (reason, other) => {
    const { mine, theirs } = await referred()
    await mine.recall({ code: 'sent-to-wrong-recipient' })
    await mine.changeConsent({ code: 'withdrawn' })
    await itemsOf(ngo)
    await expect(theirs.erase({ reason })).rejects.toMatchObject(refused('has sent several'))
    if (other === 'recall') await theirs.attestRecall({ code: 'restricted' })
    else await theirs.acknowledgeConsent({ code: 'restricted' })
    await itemsOf(hotline)
    await itemsOf(ngo)
    await theirs.erase({ reason })
    await itemsOf(hotline)
    expect((await mine.view()).nextStep).toBeUndefined()
  },
)

test('T-155 nothing is erased while a step is owed or a message is unanswered, unless forced', async () => {
  const { mine, theirs } = await referred()
  await expect(theirs.erase({ reason: 'request' })).rejects.toMatchObject(refused('decide'))
  await expect(mine.erase({ reason: 'mistake' })).rejects.toMatchObject(refused('owes a step'))
  await expect(theirs.erase({ reason: 'tired' } as never)).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    path: 'reason',
  })
  await theirs.erase({ reason: 'order', force: true })
  expect(theirs.erased).toMatchObject({ reason: 'order', forced: true })
  expect(await ngo.erased()).toMatchObject([{ id: mine.id, reason: 'order', forced: true }])
  expect((await ngo.threads()).length).toBe(0)
})

test('T-155 after a forced erasure, queued messages of the thread are neither sent nor resealed', async () => {
  const [sender] = await desksInParts(['hotline', 'ngo'])
  const { desk, composer } = sender
  const thread = await sender.refer({ to: ngo.organisation })
  const other = await sender.refer({ to: ngo.organisation })
  await new Eraser(desk, composer).erase(thread, { reason: 'mistake', force: true })
  const { read } = desk.store
  expect([...queued(read)]).toHaveLength(1)
  const [ended] = read.deliveries(thread.id)
  expect(ended).toMatchObject({ state: 'refused', reason: 'ERASED', resealPending: false })
  expect(read.deliveries(other.id)).toMatchObject([{ state: 'intended' }])
  expect(read.messages(thread.id).map(({ content }) => content.length)).toEqual([0])
})

test('T-155 an erasure reads only the queued messages of its own thread', async () => {
  const [sender] = await desksInParts(['hotline', 'ngo'])
  const { desk, composer } = sender
  const { store } = desk
  const thread = await sender.refer({ to: ngo.organisation })
  const other = await sender.refer({ to: ngo.organisation })
  const [bytes = new Uint8Array()] = store.read.outgoing(0, 1).map(({ submission }) => submission)
  await store.commit((write) => {
    for (let i = 0; i < 200; i++) write.addOutgoing(bytes, other.id)
  })
  const [decode, read] = [vi.spyOn(Submission, 'decode'), vi.spyOn(store.read, 'outgoing')]
  await new Eraser(desk, composer).erase(thread, { reason: 'mistake', force: true })
  expect([decode.mock.calls.length, read.mock.calls.length]).toEqual([0, 0])
  vi.restoreAllMocks()
  expect([store.read.outgoingOf(thread.id).length, store.read.outgoingOf(other.id).length]).toEqual([0, 201])
})

test('a legal hold keeps a thread until it is released, and states since when', async () => {
  const { mine, theirs } = await referred()
  await theirs.decline({ code: 'out-of-mandate' })
  await itemsOf(hotline)
  await itemsOf(ngo)
  await theirs.hold({ note: 'Court of Exampleton, 12/26' })
  const { legalHold } = await theirs.view()
  expect(legalHold).toEqual({ note: 'Court of Exampleton, 12/26', sinceMs: expect.any(Number) })
  await expect(theirs.erase({ reason: 'retention' })).rejects.toMatchObject(refused('legal hold'))
  await theirs.release()
  expect((await theirs.view()).legalHold).toBeUndefined()
  await theirs.erase({ reason: 'retention' })
  await expect(theirs.hold()).rejects.toMatchObject({ reason: 'ERASED' })
  await mine.erase({ reason: 'retention' })
})
