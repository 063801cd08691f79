// Tests of sending: idempotency and groups. docs/guide/desk.md, "Sending"
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Referral, STANDARD_PRESETS, validate } from '../../core/referral/index.ts'
import { REFERRALS } from '../../core/referral/schema/fixture.ts'
import { mutated } from '../../core/referral/schema/mutations/fixture.ts'
import { itemsOf } from '../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Desk } from '../api/desk.ts'
import type { Item } from '../api/items.ts'

const STANDARD = STANDARD_PRESETS['victim-support']?.handling?.standard

let network: TestNetwork<'hotline' | 'ngo' | 'police'>
let hotline: Desk
let ngo: Desk
let police: Desk

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo', 'police'])
  ;({ hotline, ngo, police } = network.desks)
  return () => network[Symbol.asyncDispose]()
})

/** Returns the same value with the members of every object in reverse order, as a database may return it. */
function reordered<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reordered) as T
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, reordered(member)])
  return Object.fromEntries(members.reverse()) as T
}

describe('idempotency', () => {
  const key = 'case-1'
  const referral = buildReferral({ lane: 'routine' })

  test('another order of members, or another order or form of recipients, is the same content', async () => {
    const first = await hotline.send(referral, { to: [ngo.organisation, police.organisation], key })
    const to = [{ organisation: police.organisation }, { organisation: ngo.organisation }]
    const again = await hotline.send(reordered(referral), { to, key })
    expect(again.id).toBe(first.id)
    const { lane: _, ...routine } = referral
    expect((await hotline.send(routine as Referral, { to, key })).id).toBe(first.id)
  })

  test.each<[string, (one: Referral) => Referral, object]>([
    ['a word', (one) => ({ ...one, triage: { ...one.triage, risk: 'high' } }), {}],
    ['whether it is a rehearsal', (one) => ({ ...one, test: false }), {}],
    ['the lifetime', (one) => one, { lifetimeMs: 3_600_000 }],
    ['the own case number', (one) => one, { ref: 'H-1' }],
    ['what is held back', (one) => one, { to: [{ organisation: 'https://ngo.example', staged: [] }] }],
  ])('%s is other content', async (_, change, options) => {
    await hotline.send(referral, { to: ngo.organisation, key })
    const other = hotline.send(change(referral), { to: ngo.organisation, key, ...options })
    await expect(other).rejects.toMatchObject({
      reason: 'KEY_CONFLICT',
      metadata: { key, thread: (await hotline.threads())[0]?.id },
    })
  })

  test('a repeat is the same send, even after its expiry', async () => {
    const expires = new Date(network.clock.now() + 60_000).toISOString()
    const limited = { ...referral, handling: { ...referral.handling, expires } }
    const first = await hotline.send(limited, { to: ngo.organisation, key })
    await network.clock.advance({ minutes: 5 })
    expect((await hotline.send(limited, { to: ngo.organisation, key })).id).toBe(first.id)
  })
})

describe('a group', () => {
  const child = (id: string, full: string): Partial<Referral> => ({
    people: [{ id, roles: ['principal-child'], names: [{ kind: 'legal', full }] }],
  })
  const { people: _, ...family } = buildReferral()
  const shared: Partial<Referral> = {
    ...family,
    people: [{ id: 'mother', roles: ['caregiver'] }],
    consents: [{ legalBasis: 'consent', givenBy: 'mother', services: true, disclosure: true }],
  }
  const siblings = [child('a', 'Testina Exempla'), child('b', 'Testor Exempla')]
  const options = () => ({ to: ngo.organisation, key: 'family', ref: 'H-2', shared })
  const referrals = (items: readonly Item[]) => items.filter((item) => item.kind === 'referral')

  test('each sibling is a separate referral with the shared parts and its position in the group', async () => {
    const threads = await hotline.sendGroup(siblings, options())
    const received = referrals(await itemsOf(network, ngo))
    expect(received.map(({ referral }) => referral.group)).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{32}$/), index: 1, size: 2 },
      { id: received[0]?.referral.group?.id, index: 2, size: 2 },
    ])
    expect(received.map(({ thread }) => thread.id)).toEqual(threads.map(({ id }) => id))
    for (const [i, thread] of threads.entries()) {
      const { referral } = await thread.current()
      expect(referral.people?.map(({ id }) => id)).toEqual(['mother', ['a', 'b'][i]])
      expect(thread.ref).toBe('H-2')
    }
  })

  test('the same key and content are the same group; another size, order or word is KEY_CONFLICT', async () => {
    const ids = async () => (await hotline.sendGroup(siblings, options())).map(({ id }) => id)
    expect(await ids()).toEqual(await ids())
    const others = [siblings.slice(0, 1), [...siblings].reverse(), [...siblings, child('c', 'Testa Exempla')]]
    for (const other of others)
      await expect(hotline.sendGroup(other, options())).rejects.toMatchObject({ reason: 'KEY_CONFLICT' })
    const alone = hotline.send(buildReferral(), { to: ngo.organisation, key: 'family' })
    await expect(alone).rejects.toMatchObject({ reason: 'KEY_CONFLICT' })
    expect(await hotline.threads()).toHaveLength(2)
  })

  test('groups without a key are different, and so are groups of another desk', async () => {
    const { key: _, ...keyless } = options()
    const groups = [
      await hotline.sendGroup(siblings, keyless),
      await hotline.sendGroup(siblings, keyless),
      await hotline.sendGroup(siblings, options()),
      await police.sendGroup(siblings, options()),
    ]
    const ids = await Promise.all(groups.map(async ([first]) => (await first?.current())?.referral.group?.id))
    expect(new Set(ids).size).toBe(4)
  })

  test('if one referral cannot be sent, none is sent', async () => {
    const broken = [...siblings, { people: [{ id: 'c', roles: ['child'] }] }]
    await expect(hotline.sendGroup(broken, options())).rejects.toMatchObject({ reason: 'INVALID_REFERRAL' })
    await expect(hotline.sendGroup([], options())).rejects.toMatchObject({ reason: 'INVALID_REFERRAL' })
    expect(await hotline.threads()).toEqual([])
    expect(await hotline.sendGroup(siblings, options())).toHaveLength(2)
  })
})

describe('presets', () => {
  const draft = { ...buildReferral(), handling: 'standard' }

  test('REX-REF-086 a preset is expanded before it is sent, and the preview shows it', async () => {
    const { presets } = await hotline.preview(draft, { to: ngo.organisation })
    expect(presets).toEqual([{ path: 'handling', preset: 'standard', content: { ...STANDARD } }])
    const thread = await hotline.send(draft, { to: ngo.organisation })
    expect((await thread.current()).referral.handling).toEqual(STANDARD)
  })

  test('a name that does not exist is refused', async () => {
    const sent = hotline.send({ ...draft, handling: 'standrad' }, { to: ngo.organisation })
    await expect(sent).rejects.toMatchObject({ reason: 'INVALID_REFERRAL', metadata: { path: 'handling' } })
  })
})

test('REX-REF-055 validate accepts and refuses the same input as send', async () => {
  const base = buildReferral()
  const picture = `data:image/png;base64,${Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64')}`
  const { consents: _, ...lacking } = base
  const drafts: unknown[] = [
    base,
    { ...base, handling: 'standard' },
    { ...base, handling: 'standrad' },
    { ...base, lane: undefined },
    { ...base, kind: 'victim-suport' },
    lacking,
    { ...base, people: [] },
    { ...base, people: [{ id: 'x', roles: ['sibling'] }] },
    { ...base, handling: { ...base.handling, tlp: 'red', onward: 'allowed' } },
    { ...base, narrative: [{ text: picture, language: 'und' }] },
    { ...base, narrative: [{ text: '\ud800', language: 'und' }] },
    { ...base, txt: 'x' },
    null,
    [],
    'x',
  ]
  const outcomes = await Promise.all(
    drafts.map(async (draft) => {
      const sent = await hotline.send(draft as Referral, { to: ngo.organisation }).then(
        () => true,
        () => false,
      )
      return [validate(draft).ok, sent]
    }),
  )
  expect(outcomes.map(([valid]) => valid)).toEqual(outcomes.map(([, sent]) => sent))
  expect(outcomes.filter(([valid]) => valid).length).toBe(3)
})

test('REX-REF-055 validate accepts exactly what send accepts, presets included', async () => {
  const drafts = REFERRALS.flatMap((referral) => [
    referral,
    { ...(referral as Referral), handling: 'standard' },
  ])
  const verdicts = { accepted: 0, refused: 0 }
  const draft = fc.oneof(mutated(drafts), fc.constantFrom(...drafts))
  await fc.assert(
    fc.asyncProperty(draft, async (given) => {
      const { ok } = validate(given, { now: network.clock.now() })
      const refusal = await hotline.send(given as Referral, { to: ngo.organisation }).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(refusal === undefined, `${JSON.stringify(given)} ${refusal}`).toBe(ok)
      verdicts[ok ? 'accepted' : 'refused']++
    }),
    { numRuns: 150 },
  )
  expect(Math.min(verdicts.accepted, verdicts.refused)).toBeGreaterThan(20)
})

describe('the needs of a recipient', () => {
  const needs = { 'victim-support': { must: ['triage.risk'], should: ['triage.ageBand'] } }
  const referral = buildReferral()

  test('REX-REF-095 appear in the preview, and a missing required field prevents the send to this recipient only', async () => {
    await using needy = await testNetwork(['hotline', 'ngo', 'police'], { needs: { ngo: needs } })
    const desk = needy.desks.hotline
    const [ngoId, policeId] = [needy.desks.ngo.organisation, needy.desks.police.organisation]
    const { findings } = await desk.preview(referral, { to: [ngoId, policeId] })
    expect(findings.filter(({ message }) => message.includes(ngoId))).toMatchObject([
      { severity: 'error', path: 'triage.risk' },
      { severity: 'warning', path: 'triage.ageBand' },
    ])
    await expect(desk.send(referral, { to: ngoId })).rejects.toMatchObject({
      reason: 'INVALID_REFERRAL',
      metadata: { path: 'triage.risk' },
    })
    await desk.send(referral, { to: policeId })
    await desk.send({ ...referral, triage: { ...referral.triage, risk: 'high' } }, { to: ngoId })
    const advisory = desk.preview(buildReferral({ kind: 'advisory' }), { to: ngoId })
    expect((await advisory).findings[0]).toMatchObject({ severity: 'error', path: 'kind' })
  })
})
