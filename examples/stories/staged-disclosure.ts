// A hotline refers a child to victim support. Identifying details are disclosed only after the acceptance.
// To run it alone: npm run story examples/stories/staged-disclosure.ts
import assert from 'node:assert/strict'
import { parseReferral } from '@rex/sdk/referral'
import { play, story } from '../play/play.ts'
import grooming from '../referrals/victim-support-grooming.json' with { type: 'json' }

export const stagedDisclosure = story({
  name: 'staged-disclosure',
  title: 'Hotline refers a child to victim support; names are disclosed only after the acceptance.',
  cast: ['hotline', 'safeline'],
  async play({ hotline, safeline, tell }) {
    // By default, the message contains only digests of the identifying sections. `ref` is the hotline's own case
    // number.
    const referral = parseReferral(grooming)
    const sent = await hotline.desk.send(referral, { to: safeline.id, ref: 'H-2026-0117' })
    tell(hotline, 'refers a child: Safeline gets the triage card, names are held back')

    // Safeline can assess the case without knowing who the child is.
    const arrived = await safeline.inbox.referral(sent)
    assert.equal(arrived.referral.people, undefined)
    tell(safeline, `sees age band ${arrived.referral.triage?.ageBand}, no name`)

    // A question is not yet an acceptance. The hotline sees the question with the hotline's case number, which was
    // never sent.
    await arrived.thread.requestInfo({ questions: [{ text: 'Is there a safe time to call?' }] })
    tell(safeline, 'asks: is there a safe time to call?')
    const asked = await hotline.inbox.event(sent, 'request-info')
    assert.equal(asked.ref, 'H-2026-0117')

    const [question] = (await sent.view()).openQuestions
    assert(question)
    await sent.provideInfo({ answers: [{ id: question.id, text: 'Weekdays 15:00 to 17:00.' }] })
    await safeline.inbox.event(sent, 'provide-info')
    tell(hotline, 'answers')

    // Safeline is responsible from the acceptance on, so it now needs the names.
    await arrived.thread.accept({ reference: 'S-88' })
    await hotline.inbox.event(sent, 'accept')
    tell(safeline, 'accepts: now responsible')
    await sent.disclose()
    await safeline.inbox.event(sent, 'disclose')
    const known = await arrived.thread.current()
    assert(known.referral.people?.length)
    tell(hotline, 'discloses the identifying sections')

    await arrived.thread.progress({ code: 'contact-made' })
    await hotline.inbox.event(sent, 'progress')
    tell(safeline, 'reports: contact made')
    await arrived.thread.complete({ outcome: 'service-provided' })
    await hotline.inbox.event(sent, 'complete')
    tell(safeline, 'completes')

    // Both sides computed the same state, each from its own records.
    assert.equal((await sent.view()).state, 'completed')
    assert.equal((await arrived.thread.view()).state, 'completed')
  },
})

if (import.meta.main) await play([stagedDisclosure])
