// Property tests of a network with faults: whatever the faults, every message reaches exactly one outcome, and both sides see the same.
// docs/guide/testing.md
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Desk } from '../client/api/desk.ts'
import type { Thread } from '../client/api/thread.ts'
import { itemsOf } from './harness/fixture.ts'
import { type TestNetwork, testNetwork } from './network.ts'
import { buildReferral } from './referral.ts'

const NAMES = ['hotline', 'ngo'] as const
type Name = (typeof NAMES)[number]

/** Reasons for which a gateway may temporarily refuse. */
const RETRYABLE = ['QUOTA_EXCEEDED', 'UNAVAILABLE', 'OVERLOADED'] as const
const HOUR = 3_600_000

/** One step of a test: a fault, a message, or a span of time. */
type Step =
  | { readonly kind: 'drop' | 'duplicate' | 'reorder'; readonly to: Name; readonly count: number }
  | { readonly kind: 'delay'; readonly to: Name; readonly ms: number }
  | { readonly kind: 'refuse'; readonly to: Name; readonly reason: (typeof RETRYABLE)[number] }
  | { readonly kind: 'disconnect' | 'heal'; readonly to: Name }
  | { readonly kind: 'note'; readonly by: Name }
  | { readonly kind: 'refer' }
  | { readonly kind: 'wait'; readonly ms: number }

const name = fc.constantFrom(...NAMES)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('drop' as const, 'duplicate' as const, 'reorder' as const),
    to: name,
    count: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('delay' as const), to: name, ms: fc.integer({ min: 1, max: HOUR }) }),
  fc.record({ kind: fc.constant('refuse' as const), to: name, reason: fc.constantFrom(...RETRYABLE) }),
  fc.record({ kind: fc.constantFrom('disconnect' as const, 'heal' as const), to: name }),
  fc.record({ kind: fc.constant('note' as const), by: name }),
  fc.record({ kind: fc.constant('refer' as const) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 12 * HOUR }) }),
)

interface Played {
  readonly network: TestNetwork<Name>
  readonly threads: Thread[]
  /** Texts of the notes, by author. */
  readonly notes: Record<Name, string[]>
}

async function play({ network, threads, notes }: Played, given: Step): Promise<void> {
  const { desks, faults, clock } = network
  switch (given.kind) {
    case 'wait':
      return await clock.advance({ milliseconds: given.ms })
    case 'note':
      return await note({ network, threads, notes }, given.by)
    case 'refer':
      threads.push(await desks.hotline.send(buildReferral(), { to: desks.ngo.organisation }))
      return
    case 'delay':
      return faults.to(given.to).delay({ milliseconds: given.ms })
    case 'refuse':
      return faults.to(given.to).refuse(given.reason)
    case 'disconnect':
    case 'heal':
      return faults.to(given.to)[given.kind]()
    default:
      return faults.to(given.to)[given.kind](given.count)
  }
}

/** Writes a note on the first thread, from a side that has the thread. */
async function note({ network, threads, notes }: Played, by: Name): Promise<void> {
  const [thread] = threads
  const here = thread && (await network.desks[by].thread(thread.id).catch(() => undefined))
  if (here === undefined) return
  const text = `${by} ${notes[by].length}`
  await here.note({ text })
  notes[by].push(text)
}

const textsIn = (items: Awaited<ReturnType<typeof itemsOf>>) =>
  items.flatMap((item) =>
    item.kind === 'event' && item.event.type === 'note'
      ? [(item.event.content as { text: string }).text]
      : [],
  )

async function eventsOf(desk: Desk, { id }: Thread): Promise<readonly string[]> {
  const { events } = await (await desk.thread(id)).changes()
  return events.map(({ digest }) => digest).sort()
}

test('T-041 T-045 T-089 after any faults that end, every message has arrived once, in order, and both sides see the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      await using network = await testNetwork(NAMES)
      const played: Played = { network, threads: [], notes: { hotline: [], ngo: [] } }
      for (const given of [{ kind: 'refer' } as const, ...steps]) await play(played, given)
      network.faults.heal()
      await network.clock.advance({ hours: 6 })
      const { hotline, ngo } = network.desks
      const [there, back] = [await itemsOf(network, ngo), await itemsOf(network, hotline)]
      expect(
        there
          .filter(({ kind }) => kind === 'referral')
          .map(({ thread }) => thread.id)
          .sort(),
      ).toEqual(played.threads.map(({ id }) => id).sort())
      expect(textsIn(there)).toEqual(played.notes.hotline)
      expect(textsIn(back)).toEqual(played.notes.ngo)
      expect([...there, ...back].filter(({ kind }) => kind === 'failure')).toEqual([])
      for (const thread of played.threads) {
        expect(await eventsOf(ngo, thread)).toEqual(await eventsOf(hotline, thread))
        const { delivery } = await thread.view()
        expect(new Set(delivery.map(({ state }) => state))).toEqual(new Set(['received']))
      }
    }),
    { numRuns: 15 },
  )
})

test('P3 a message that never gets through ends once as expired, and is nowhere else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 6 }),
      async (hours, count) => {
        await using network = await testNetwork(NAMES)
        const { hotline, ngo } = network.desks
        network.faults.to('ngo').drop(Number.POSITIVE_INFINITY)
        const sent = []
        for (let i = 0; i < count; i++)
          sent.push(await hotline.send(buildReferral(), { to: ngo.organisation, lifetimeMs: hours * HOUR }))
        await network.clock.advance({ hours: hours + 1 })
        const failures = (await itemsOf(network, hotline)).filter(({ kind }) => kind === 'failure')
        expect(failures.map(({ thread }) => thread?.id).sort()).toEqual(sent.map(({ id }) => id).sort())
        expect(failures).toMatchObject(sent.map(() => ({ outcome: 'expired' })))
        network.faults.heal()
        await network.clock.advance({ hours: 3 })
        expect(await itemsOf(network, ngo)).toEqual([])
      },
    ),
    { numRuns: 5 },
  )
})
