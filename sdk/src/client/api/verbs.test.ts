// Every verb of a thread, sent by one side and received by the other.
import { beforeEach, expect, test } from 'vitest'
import { SECTIONS } from '../../core/referral/index.ts'
import { safeContact } from '../../core/referral/labels/index.ts'
import { itemsOf as itemsAt } from '../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral, exampleReferral } from '../../testing/referral.ts'
import type { Desk } from './desk.ts'
import type { Thread } from './thread.ts'

let network: TestNetwork<'hotline' | 'ngo' | 'police'>
let hotline: Desk
let ngo: Desk
let police: Desk

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo', 'police'])
  ;({ hotline, ngo, police } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

const itemsOf = (desk: Desk) => itemsAt(network, desk)

/** Sends a referral that the NGO receives. Returns the thread on both sides. */
async function referred(): Promise<{ mine: Thread; theirs: Thread }> {
  const mine = await hotline.send(buildReferral(), { to: ngo.organisation })
  await itemsOf(ngo)
  return { mine, theirs: await ngo.thread(mine.id) }
}

/** The call of a verb, the event that the other side gets, the resulting state, and the step that is owed next. */
type Step = readonly [said: Promise<void>, event: object, state: string, owed?: string]

/** Checks that both sides agree on the state, and that the other side has the event once. */
async function step(desks: readonly [from: Desk, to: Desk], id: string, [said, event, state, owed]: Step) {
  await said
  const items = await itemsOf(desks[1])
  expect(items).toMatchObject([{ kind: 'event', event }])
  const views = await Promise.all(desks.map(async (desk) => (await desk.thread(id)).view()))
  for (const view of views) {
    expect(view.state).toBe(state)
    expect(view.nextStep?.what).toBe(owed)
  }
}

const { people = [], consents = [], triage } = buildReferral()

test('all verbs work in a case with a question, a waiting list, an acceptance, a correction and a completion', async () => {
  const { mine, theirs } = await referred()
  const say = (...said: Step) => step([hotline, ngo], mine.id, said)
  const answer = (...said: Step) => step([ngo, hotline], mine.id, said)

  const expectedMs = network.clock.now() + 3_600_000
  const waiting = { expectedMs, position: 2, text: 'Soon.' }
  await answer(theirs.waitlist(waiting), { type: 'waitlist', content: waiting }, 'waitlisted', 'decide')
  const question = { text: 'Which language?', path: 'people[0].languages' }
  const asked = { type: 'request-info', content: { questions: [{ id: '1', ...question }] } }
  await answer(theirs.requestInfo({ questions: [question] }), asked, 'info-requested', 'provide-info')
  const answers = [{ id: '1', absence: 'unknown' }]
  const answered = { type: 'provide-info', content: { answers } }
  await say(mine.provideInfo({ answers, referral: { consents } }), answered, 'requested', 'decide')
  const newer = { triage: { ...triage, children: 2 } as NonNullable<typeof triage> }
  const text = 'There are two.'
  await say(
    mine.correct({ referral: newer, text }),
    { type: 'correct', content: { text } },
    'requested',
    'decide',
  )
  const taken = { except: [{ id: 'child', code: 'no-capacity' }], reference: 'N-1' }
  await answer(theirs.accept(taken), { type: 'accept', content: taken }, 'accepted', 'start')
  await say(mine.disclose(), { type: 'disclose' }, 'accepted', 'start')
  await answer(theirs.correct({ referral: { people } }), { type: 'correct' }, 'accepted', 'start')
  expect((await mine.current()).origins).toMatchObject({
    triage: { version: 2, by: hotline.organisation },
    people: { version: 2, by: ngo.organisation },
  })
  const itemOutcomes = [{ item: 'child', code: 'safeguarded', timeMs: expectedMs }]
  const work = { code: 'appointment', timeMs: expectedMs, itemOutcomes }
  await answer(theirs.progress(work), { type: 'progress', content: work }, 'in-progress', 'report')
  const remark = { text: 'Thank you.', language: 'en' }
  await say(mine.note(remark), { type: 'note', content: remark }, 'in-progress', 'report')
  const end = { outcome: 'child-safe', partly: true, itemOutcomes }
  await answer(theirs.complete(end), { type: 'complete', content: end }, 'partly-completed')
  expect((await mine.view()).itemOutcomes).toMatchObject({
    child: { code: 'safeguarded', timeMs: expectedMs },
  })
  const result = { code: 'child-identified', itemOutcomes, text: 'A second child.' }
  await say(mine.feedback(result), { type: 'feedback', content: result }, 'partly-completed')
  const thanks = { code: 'helpful' }
  await answer(theirs.feedback(thanks), { type: 'feedback', content: thanks }, 'partly-completed')
  expect(await mine.describe()).toContain('partly completed')
})

test('a case can fail, and then be marked as a mistake', async () => {
  const { mine, theirs } = await referred()
  await step([ngo, hotline], mine.id, [theirs.accept(), { type: 'accept' }, 'accepted', 'start'])
  const failed = { code: 'unreachable', alternative: police.organisation, text: 'Nobody answers.' }
  await step([ngo, hotline], mine.id, [theirs.fail(failed), { type: 'fail', content: failed }, 'failed'])
  const wrong = { text: 'Another child.' }
  const mistake = { type: 'entered-in-error', content: wrong }
  await step([hotline, ngo], mine.id, [mine.enterInError(wrong), mistake, 'entered-in-error'])
})

test('consent can change on both sides, and each side acknowledges the change of the other', async () => {
  const { mine, theirs } = await referred()
  await step([ngo, hotline], mine.id, [theirs.accept(), { type: 'accept' }, 'accepted', 'start'])
  const narrowed = { code: 'narrowed', people: ['child'], sections: ['contact'], text: 'No calls.' }
  const change = { type: 'consent-change', content: narrowed }
  await step([hotline, ngo], mine.id, [
    mine.changeConsent(narrowed),
    change,
    'accepted',
    'acknowledge-consent',
  ])
  const done = { code: 'restricted', text: 'Done.' }
  const acknowledged = { type: 'consent-acknowledgement', content: done }
  await step([ngo, hotline], mine.id, [theirs.acknowledgeConsent(done), acknowledged, 'accepted', 'start'])
  const withdrawn = { code: 'withdrawn' }
  const end = { type: 'consent-change', content: withdrawn }
  await step([ngo, hotline], mine.id, [
    theirs.changeConsent(withdrawn),
    end,
    'withdrawn',
    'acknowledge-consent',
  ])
  await step([hotline, ngo], mine.id, [mine.acknowledgeConsent(done), acknowledged, 'withdrawn'])
})

test('recalls of one message and of the whole referral: an attestation answers the open recall or the named one', async () => {
  const { mine, theirs } = await referred()
  await mine.note({ text: 'Sent in error.' })
  await itemsOf(ngo)
  const { events } = await mine.changes()
  const messages = [events.at(-1)?.digest as string]
  const part = { code: 'sent-in-error', messages }
  const recalled = { type: 'recall', content: part }
  await step([hotline, ngo], mine.id, [mine.recall(part), recalled, 'requested', 'attest-recall'])
  const whole = { type: 'recall', content: { code: 'sent-to-wrong-recipient' } }
  const all = mine.recall({ code: 'sent-to-wrong-recipient' })
  await step([hotline, ngo], mine.id, [all, whole, 'withdrawn', 'attest-recall'])
  const attested = (code: string) => ({ type: 'recall-attestation', content: { code } })
  const untrue = { reason: 'INVALID_EVENT', metadata: { path: 'code' } }
  await expect(theirs.attestRecall({ code: 'destroyed' })).rejects.toMatchObject(untrue)
  const kept = theirs.attestRecall({ code: 'kept-by-law' })
  await step([ngo, hotline], mine.id, [kept, attested('kept-by-law'), 'withdrawn', 'attest-recall'])
  const restricted = theirs.attestRecall({ code: 'restricted' })
  await step([ngo, hotline], mine.id, [restricted, attested('restricted'), 'withdrawn'])
  await expect(theirs.attestRecall({ code: 'destroyed' })).rejects.toMatchObject({ reason: 'NOT_FOUND' })
})

test('with several recipients, an acknowledgement applies to the selected track', async () => {
  const to = [{ organisation: ngo.organisation }, { organisation: police.organisation }]
  const mine = await hotline.send(buildReferral(), { to })
  for (const desk of [ngo, police]) {
    await itemsOf(desk)
    await (await desk.thread(mine.id)).changeConsent({ code: 'narrowed', text: desk.organisation })
    await itemsOf(hotline)
  }
  await mine.with(ngo.organisation).acknowledgeConsent({ code: 'restricted' })
  await itemsOf(ngo)
  expect((await (await ngo.thread(mine.id)).view()).nextStep).toMatchObject({ what: 'decide' })
  expect((await mine.with(police.organisation).view()).nextStep).toMatchObject({
    what: 'acknowledge-consent',
  })
})

test('the sender sees that a message was marked as seen, and the mark is permanent', async () => {
  const { mine, theirs } = await referred()
  await theirs.markSeen()
  await network.settle()
  expect((await mine.view()).delivery).toMatchObject([{ type: 'refer', state: 'seen' }])
  await mine.note({ text: 'One more.' })
  await network.settle()
  expect((await mine.view()).delivery).toMatchObject([{ state: 'seen' }, { state: 'received' }])
  await theirs.markSeen()
  await network.settle()
  expect((await mine.view()).delivery).toMatchObject([{ state: 'seen' }, { state: 'seen' }])
})

test('REX-REF-100 items that invite contact carry the current rules', async () => {
  const mine = await hotline.send(exampleReferral('victim-support-grooming'), { to: ngo.organisation })
  expect(await itemsOf(ngo)).toMatchObject([{ kind: 'referral', safeContact: [] }])
  const theirs = await ngo.thread(mine.id)
  await theirs.accept()
  const rules = safeContact((await mine.current()).referral)
  expect(rules.length).toBeGreaterThan(0)
  expect(await itemsOf(hotline)).toMatchObject([{ event: { type: 'accept' }, safeContact: rules }])
  await mine.disclose()
  expect(await itemsOf(ngo)).toMatchObject([{ event: { type: 'disclose' }, safeContact: rules }])
  const instructions = { text: 'Never on a Monday.', language: 'en' }
  const { contact } = (await mine.current()).referral
  await mine.correct({ referral: { contact: { ...contact, instructions } } })
  const [corrected] = await itemsOf(ngo)
  expect(corrected).toMatchObject({ safeContact: expect.arrayContaining([instructions.text]) })
  await theirs.progress({ code: 'contact-made' })
  expect(await itemsOf(hotline)).toMatchObject([{ safeContact: expect.arrayContaining([instructions.text]) }])
  await theirs.complete({ outcome: 'service-provided' })
  expect(await itemsOf(hotline)).toMatchObject([{ event: { type: 'complete' }, safeContact: [] }])
})

test('REX-REF-100 a referral whose sections are all granted at once carries the rules too', async () => {
  const referral = exampleReferral('victim-support-grooming')
  const sections = Object.keys(SECTIONS)
  await hotline.send(referral, { to: { organisation: ngo.organisation, sections } })
  expect(await itemsOf(ngo)).toMatchObject([{ kind: 'referral', safeContact: safeContact(referral) }])
})

test('a verb that fails rejects its promise, whatever the reason', async () => {
  const { mine, theirs } = await referred()
  for (const said of [
    () => theirs.attestRecall({ code: 'destroyed' }),
    () => mine.acknowledgeConsent({ code: 'restricted' }),
    () => mine.provideInfo({ answers: [] }),
    () => mine.recall({ code: 'other', messages: ['no digest'] }),
    () => theirs.disclose(),
  ])
    await expect(said()).rejects.toMatchObject({ reason: expect.any(String) })
})
