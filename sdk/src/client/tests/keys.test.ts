// T-143: repeating a verb under the same key performs it only once: immediately, later, and after the thread no longer allows it. Other content under
// the same key is rejected. docs/guide/desk.md, "Keys"
import { beforeEach, expect, test } from 'vitest'
import { itemsOf } from '../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Desk } from '../api/desk.ts'
import type { Thread } from '../api/thread.ts'
import type { VerbInputs, VerbName } from '../api/verb-inputs.ts'
import { VERB_NAMES } from '../api/verbs.ts'

let network: TestNetwork<'hotline' | 'ngo'>
let hotline: Desk
let ngo: Desk

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  ;({ hotline, ngo } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

/** A verb to test: who calls it, its input, and the preceding events. */
type VerbCase<Name extends VerbName> = readonly [
  by: 'hotline' | 'ngo',
  input: VerbInputs[Name],
  before?: (threads: { readonly mine: Thread; readonly theirs: Thread }) => Promise<void>,
]

const accepted = ({ theirs }: { readonly theirs: Thread }) => theirs.accept()
const VERB_CONTENT: { readonly [Name in VerbName]: VerbCase<Name> } = {
  accept: ['ngo', { reference: 'N-1' }],
  decline: ['ngo', { code: 'no-capacity' }],
  requestInfo: ['ngo', { questions: [{ text: 'Which?' }] }],
  provideInfo: [
    'hotline',
    { answers: [{ id: '1', text: 'This.' }] },
    ({ theirs }) => theirs.requestInfo({ questions: [{ text: 'Which?' }] }),
  ],
  waitlist: ['ngo', { position: 2 }],
  disclose: ['hotline', {}, accepted],
  progress: ['ngo', { code: 'appointment' }, accepted],
  complete: ['ngo', { outcome: 'child-safe' }, accepted],
  fail: ['ngo', { code: 'unreachable' }, accepted],
  withdraw: ['hotline', { code: 'sent-in-error' }],
  recall: ['hotline', { code: 'sent-in-error' }],
  attestRecall: ['ngo', { code: 'restricted' }, ({ mine }) => mine.recall({ code: 'sent-in-error' })],
  changeConsent: ['ngo', { code: 'withdrawn' }],
  acknowledgeConsent: ['ngo', { code: 'restricted' }, ({ mine }) => mine.changeConsent({ code: 'narrowed' })],
  correct: ['hotline', { referral: { triage: buildReferral().triage } }],
  note: ['hotline', { text: 'x' }],
  feedback: [
    'hotline',
    { code: 'helpful' },
    ({ theirs }) => theirs.accept().then(() => theirs.complete({ outcome: 'child-safe' })),
  ],
  enterInError: ['hotline', { text: 'x' }],
}

/** Different content for verbs without a text. */
const OTHER: { readonly [Name in VerbName]?: object } = {
  requestInfo: { neededByMs: Date.UTC(2027, 0, 1) },
  provideInfo: { referral: {} },
  disclose: { sections: ['people'] },
  note: { language: 'en' },
}

const count = async (thread: Thread) => (await thread.changes()).events.length

test.each(VERB_NAMES)('%s', async (name) => {
  const sent = await hotline.send(buildReferral(), { to: ngo.organisation, key: 'case 1' })
  await itemsOf(network, ngo)
  const threads = { mine: sent, theirs: await ngo.thread(sent.id) }
  const [by, input, before] = VERB_CONTENT[name]
  await before?.(threads)
  for (const desk of [hotline, ngo]) await itemsOf(network, desk)
  const thread = by === 'ngo' ? threads.theirs : threads.mine
  const say = (more: object, on = thread) =>
    (on[name] as (input: object) => Promise<void>)({ ...input, key: 'k', ...more })
  const events = await count(thread)
  await Promise.all([say({}), say({})])
  await say({})
  await network.settle()
  expect(await count(thread)).toBe(events + 1)
  await expect(say(OTHER[name] ?? { text: 'Other.' })).rejects.toMatchObject({
    reason: 'KEY_CONFLICT',
    metadata: { key: 'k', thread: sent.id },
  })
  await threads.mine.withdraw({ code: 'sent-in-error' }).catch(() => {})
  for (const desk of [hotline, ngo]) await itemsOf(network, desk)
  const ended = await count(thread)
  await say({})
  expect(await count(thread)).toBe(ended)
  const second = await hotline.send(buildReferral(), { to: ngo.organisation })
  await itemsOf(network, ngo)
  const elsewhere = by === 'ngo' ? await ngo.thread(second.id) : second
  await expect(say({}, elsewhere)).rejects.toMatchObject({ metadata: { key: 'k', thread: sent.id } })
  expect(await count(elsewhere)).toBe(1)
  if (by === 'hotline')
    await expect(say({ key: 'case 1' })).rejects.toMatchObject({ metadata: { thread: sent.id } })
})

test('markSeen marks only the messages of the first call, however often it is repeated', async () => {
  const sent = await hotline.send(buildReferral(), { to: ngo.organisation })
  await itemsOf(network, ngo)
  const theirs = await ngo.thread(sent.id)
  await theirs.markSeen({ key: 'seen' })
  await sent.note({ text: 'Nobody has read this.' })
  await itemsOf(network, ngo)
  await theirs.markSeen({ key: 'seen' })
  await network.settle()
  expect((await sent.view()).delivery).toMatchObject([{ state: 'seen' }, { state: 'received' }])
  await expect(theirs.note({ text: 'x', key: 'seen' })).rejects.toMatchObject({ reason: 'KEY_CONFLICT' })
  await theirs.markSeen()
  await network.settle()
  expect((await sent.view()).delivery).toMatchObject([{ state: 'seen' }, { state: 'seen' }])
})

test('a group is one act: its key is not valid for a part of it, for a larger group, or for a verb', async () => {
  const to = { to: ngo.organisation, key: 'g' }
  const siblings = [buildReferral(), buildReferral(), buildReferral()]
  const ids = (await hotline.sendGroup(siblings, to)).map(({ id }) => id)
  expect((await hotline.sendGroup(siblings, to)).map(({ id }) => id)).toEqual(ids)
  const conflict = { reason: 'KEY_CONFLICT', metadata: { key: 'g', thread: ids[0] } }
  for (const act of [
    () => hotline.sendGroup(siblings.slice(0, 2), to),
    () => hotline.sendGroup([...siblings, buildReferral()], to),
    () => hotline.send(buildReferral(), to),
    async () => (await hotline.thread(ids[1] as string)).note({ text: 'x', key: 'g' }),
  ])
    await expect(act()).rejects.toMatchObject(conflict)
  expect(await hotline.threads()).toHaveLength(3)
})

test('under a key, capital letters in an organisation make no difference', async () => {
  const sent = await hotline.send(buildReferral(), { to: ngo.organisation })
  await itemsOf(network, ngo)
  const theirs = await ngo.thread(sent.id)
  await theirs.decline({ code: 'no-capacity', alternative: 'https://Police.Example', key: 'd' })
  await theirs.decline({ code: 'no-capacity', alternative: 'https://police.example', key: 'd' })
  expect(await count(theirs)).toBe(2)
})
