// Sections that a correction or an answer may send cannot bypass acceptance, the handling rules or the lint.
import { beforeEach, describe, expect, test } from 'vitest'
import type { Consent } from '../../../core/referral/index.ts'
import { type TestNetwork, testNetwork } from '../../../testing/network.ts'
import { buildReferral } from '../../../testing/referral.ts'
import type { Thread } from '../../api/thread.ts'

let network: TestNetwork<'hotline' | 'ngo'>
let mine: Thread
let theirs: Thread

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  return () => network[Symbol.asyncDispose]()
})

async function referred(given: Parameters<typeof buildReferral>[0] = {}): Promise<void> {
  const { hotline, ngo } = network.desks
  mine = await hotline.send(buildReferral(given), { to: ngo.organisation })
  await network.settle()
  theirs = await ngo.thread(mine.id)
}

const { people = [], consents = [], triage, handling } = buildReferral()
const done = async (said: Promise<void>) => {
  await said
  await network.settle()
}
const typesOf = async (thread: Thread) => (await thread.changes()).events.map(({ type }) => type)

/** Checks that a verb is refused at this desk, before anything is stored or sent. */
async function refused(said: Promise<void>, expected: object): Promise<void> {
  const before = await typesOf(mine)
  await expect(said).rejects.toMatchObject(expected)
  await network.settle()
  expect([await typesOf(mine), await typesOf(theirs)]).toEqual([before, before])
}
const INVALID = { reason: 'INVALID_EVENT' }

describe('T-051 REX-THR-031 before the accept and after the end', () => {
  test('a correction or an answer may carry a staged section only after the accept', async () => {
    await referred()
    await done(theirs.requestInfo({ questions: [{ text: 'Who is it?' }] }))
    const answers = [{ id: '1', text: 'Testina.' }]
    await refused(mine.correct({ referral: { people } }), INVALID)
    await refused(mine.provideInfo({ answers, referral: { people } }), INVALID)
    await done(mine.provideInfo({ answers, referral: { consents } }))
    expect((await theirs.current()).referral.people).toBeUndefined()
    await done(theirs.accept())
    await done(mine.correct({ referral: { people } }))
    expect((await theirs.current()).referral.people).toEqual(people)
    expect((await theirs.current()).origins.people).toMatchObject({ version: 2 })
  })

  test('after a withdrawal, only text can be sent', async () => {
    await referred()
    await done(theirs.accept())
    await done(mine.withdraw({ code: 'consent-withdrawn' }))
    for (const referral of [{ people }, { consents }]) await refused(mine.correct({ referral }), INVALID)
    await done(mine.correct({ referral: {}, text: 'The age was wrong.' }))
    expect(await typesOf(theirs)).toContain('correct')
  })
})

describe('REX-REF-080 REX-REF-092 later sections are checked like those of the referral', () => {
  const expires = '2026-11-24T00:00:00Z'

  test('nothing is sent after the permission has ended, until the rules are renewed', async () => {
    await referred({ handling: { ...handling, expires } })
    await done(theirs.accept())
    await network.clock.advance({ days: 1 })
    await refused(mine.correct({ referral: { people } }), {
      reason: 'HANDLING_REFUSED',
      metadata: { path: 'handling.expires' },
    })
    await done(
      mine.correct({ referral: { handling: { ...handling, expires: '2027-01-01T00:00:00Z' }, people } }),
    )
    expect((await theirs.current()).referral.people).toEqual(people)
  })

  test('a name must not leak into a section that identifies nobody', async () => {
    await referred()
    const limits = { text: 'Not to the school of Testina Exempla.', language: 'en' }
    const [consent] = consents
    await refused(mine.correct({ referral: { consents: [{ ...consent, limits } as Consent] } }), {
      reason: 'INVALID_REFERRAL',
      metadata: { path: 'consents[0].limits.text' },
    })
  })

  test('unknown fields and codes are refused, not dropped', async () => {
    await referred()
    const invalid = (path: string) => ({ reason: 'INVALID_REFERRAL', metadata: { path } })
    await refused(mine.correct({ referral: { peopel: people } as never }), invalid('peopel'))
    const strange = { ...triage, risk: 'very-high' }
    for (const thread of [mine, theirs])
      await refused(thread.correct({ referral: { triage: strange } }), invalid('triage.risk'))
  })
})
