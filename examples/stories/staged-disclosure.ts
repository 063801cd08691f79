// A hotline refers a child to victim support: what identifies the child is disclosed only after the acceptance.
import type { ThreadView } from '@rex/sdk'
import type { Story } from '../network/stage.ts'

export const stagedDisclosure: Story = {
  name: 'staged-disclosure',
  title: 'Hotline refers a child to victim support; names are disclosed only after the acceptance.',
  run: async ({ network: { hotline, safeline }, tell, send, arrival, event, referral, expect }) => {
    const thread = await send(hotline, await referral('victim-support-grooming'), {
      to: safeline.id,
      ref: 'H-2026-0117',
    })
    tell('hotline', 'refers a child: triage card sealed for Safeline, names committed to but withheld')

    const item = await arrival(safeline, thread)
    expect('people before the acceptance', item.referral?.people, undefined)
    tell('safeline', `sees age band ${item.referral?.triage?.ageBand}, no name`)

    await safeline.desk.thread(thread, 'requestInfo', {
      questions: [{ text: 'Is there a safe time to call?' }],
    })
    tell('safeline', 'asks: is there a safe time to call?')
    const asked = await event(hotline, thread, 'request-info')
    const { openQuestions } = await hotline.desk.thread<ThreadView>(thread, 'view')
    expect('the case number comes back with the question', asked.ref, 'H-2026-0117')
    await hotline.desk.thread(thread, 'provideInfo', {
      answers: [{ id: openQuestions[0]?.id, text: 'Weekdays 15:00 to 17:00.' }],
    })
    await event(safeline, thread, 'provide-info')
    tell('hotline', 'answers')

    await safeline.desk.thread(thread, 'accept', { reference: 'S-88' })
    await event(hotline, thread, 'accept')
    tell('safeline', 'accepts: now responsible')
    await hotline.desk.thread(thread, 'disclose')
    await event(safeline, thread, 'disclose')
    const { referral: known } = await safeline.desk.thread<{ referral: { people?: readonly unknown[] } }>(
      thread,
      'current',
    )
    expect('people after the disclosure', (known.people?.length ?? 0) > 0, true)
    tell('hotline', 'discloses the identifying sections')

    await safeline.desk.thread(thread, 'progress', { code: 'contact-made' })
    await event(hotline, thread, 'progress')
    tell('safeline', 'reports: contact made')
    await safeline.desk.thread(thread, 'complete', { outcome: 'service-provided' })
    await event(hotline, thread, 'complete')
    tell('safeline', 'completes')
    for (const { desk } of [hotline, safeline]) {
      expect('state', (await desk.thread<ThreadView>(thread, 'view')).state, 'completed')
    }
  },
}
