// Lint findings that a person has confirmed stay at this desk and are never sent. docs/spec/referral.md, "Findings"
import { beforeEach, expect, test } from 'vitest'
import { lint, type Referral } from '../../../core/referral/index.ts'
import { type TestNetwork, testNetwork } from '../../../testing/network.ts'
import { buildReferral } from '../../../testing/referral.ts'

let network: TestNetwork<'hotline' | 'ngo'>

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  return () => network[Symbol.asyncDispose]()
})

/** A referral of a child whose name is that of a country, with a text about the country. */
const { people: [child, ...others] = [], triage, ...parts } = buildReferral()
const text = (said: string) => ({ ...triage, note: { text: said, language: 'en' } })
const referral = {
  ...parts,
  people: [{ ...child, names: [{ kind: 'legal', full: 'Ruritania' }] }, ...others],
  triage: text('They left Ruritania in May.'),
} as Referral

test('REX-REF-143 a confirmed name is sent, stays confirmed for corrections, and its id does not leave the desk', async () => {
  const { hotline, ngo } = network.desks
  const to = ngo.organisation
  await expect(hotline.send(referral, { to })).rejects.toMatchObject({ reason: 'INVALID_REFERRAL' })
  const { findings } = await hotline.preview(referral, { to })
  const [{ id = '' } = {}] = findings.filter(({ code }) => code === 'leak-word')
  const { findings: rest } = await hotline.preview(referral, { to, confirm: [id] })
  expect(rest.filter(({ severity }) => severity === 'error')).toEqual([])

  const key = 'once'
  const mine = await hotline.send(referral, { to, key, confirm: [id] })
  expect((await hotline.send(referral, { to, key })).id).toBe(mine.id)
  await network.settle()
  const theirs = await ngo.thread(mine.id)
  await theirs.accept()
  await network.settle()
  await mine.correct({ referral: { triage: { ...referral.triage, children: 1 } } })
  await network.settle()
  expect((await theirs.current()).referral.triage?.children).toBe(1)
  expect(JSON.stringify([await theirs.current(), await theirs.changes()])).not.toContain(id)
})

test('REX-REF-143 a correction can confirm another name, also for later corrections; an invalid id is refused', async () => {
  const { hotline, ngo } = network.desks
  const quiet = { ...referral, triage: text('They left the country in May.') }
  const mine = await hotline.send(quiet, { to: ngo.organisation })
  await network.settle()
  const { triage: named } = referral
  await expect(mine.correct({ referral: { triage: named } })).rejects.toMatchObject({
    reason: 'INVALID_REFERRAL',
    metadata: { path: 'triage.note.text' },
  })
  const [{ id = '' } = {}] = lint(referral).filter(({ code }) => code === 'leak-word')
  await expect(mine.correct({ referral: { triage: named }, confirm: ['all'] })).rejects.toThrow(
    'id of a finding',
  )
  await mine.correct({ referral: { triage: named }, confirm: [id] })
  await mine.correct({ referral: { triage: { ...named, children: 1 } } })
  await network.settle()
  const { referral: current } = await (await ngo.thread(mine.id)).current()
  expect(current.triage).toMatchObject({ children: 1, note: { text: 'They left Ruritania in May.' } })
})
