// Each filter, alone and in combination, finds exactly the threads that a scan of all threads finds, both embedded and through a service.
// docs/guide/desk.md, "Search"
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Desk, ThreadSummary, ThreadsOptions } from '../client/api/desk.ts'
import type { Draft } from '../core/referral/index.ts'
import { type TestNetwork, testNetwork } from '../testing/network.ts'
import { buildReferral, exampleReferral } from '../testing/referral.ts'
import { connect, type Service, serve } from './index.ts'

const PARTNERS = ['ngo', 'police', 'shelter'] as const
const NAMES = ['Maryam Erfunden', 'Юсуф Вигаданий', 'مريم المختلقة', 'Zoë d’Inventée', 'Maryam Fingida']
const SEARCHED = [
  'maryam',
  'MARYAM fingida',
  'юсуф',
  'مَرْيَم',
  'inventee',
  'zoe',
  'H-3',
  '+48 22 555 01 42',
  'nobody',
]
const GROUP = 'ab'.repeat(16)
const HOUR = 3_600_000

let network: TestNetwork<'hotline' | (typeof PARTNERS)[number]>
let directory: string
let service: Service
/** The texts written into each thread, by thread id. */
const written = new Map<string, { readonly name: string; readonly group: string | undefined }>()

/** Makes a generator of pseudo-random numbers below a bound. The numbers are the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
const random = numbers(58)
const oneOf = <T>(all: readonly T[]): T => all[random(all.length)] as T

function referralOf(name: string): Draft {
  const { people: [child, ...others] = [], ...rest } = exampleReferral('victim-support-grooming')
  const named = { ...child, names: [{ kind: 'legal' as const, full: name }] }
  return { ...rest, people: [named, ...others] as Draft['people'] & object }
}

async function send(i: number): Promise<void> {
  const { hotline } = network.desks
  const name = NAMES[i % NAMES.length] as string
  const kind = i % 4
  const to = [...PARTNERS.slice(0, kind === 3 ? 2 : 1)].map((one) => `https://${one}.example`)
  const only = [`https://${oneOf(PARTNERS)}.example`]
  const referral = kind === 0 ? buildReferral() : referralOf(name)
  const thread = await hotline.send(
    { ...referral, ...(i % 7 === 0 && { group: { id: GROUP, index: 1, size: 1 } }) },
    { to: kind === 3 ? to : only, ref: `H-${i % 5}` },
  )
  written.set(thread.id, { name: kind === 0 ? '' : name, group: i % 7 === 0 ? GROUP : undefined })
}

/** Performs a random verb on a random thread of a partner's desk. */
async function answer(desk: Desk): Promise<void> {
  const summary = oneOf(await desk.threads({ limit: 1000 }))
  if (summary === undefined) return
  const thread = await desk.thread(summary.id)
  const { allowed } = await thread.view()
  const verbs = {
    accept: () => thread.accept({ reference: 'N-77' }),
    decline: () => thread.decline({ code: 'no-capacity' }),
    progress: () => thread.progress({ code: 'contact-made' }),
    complete: () => thread.complete({ outcome: 'service-provided' }),
    requestInfo: () => thread.requestInfo({ questions: [{ text: 'Which school (test)?' }] }),
  }
  const possible = (Object.keys(verbs) as (keyof typeof verbs)[]).filter((verb) => allowed.includes(verb))
  if (possible.length > 0) await verbs[oneOf(possible)]()
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-search-'))
  network = await testNetwork(['hotline', ...PARTNERS])
  for (let i = 0; i < 48; i++) {
    await send(i)
    if (i % 8 === 0) {
      await network.settle()
      for (const partner of PARTNERS) await answer(network.desks[partner])
      await network.clock.advance({ hours: 7 })
    }
  }
  await network.settle()
  for (let i = 0; i < 20; i++) await answer(network.desks[oneOf(PARTNERS)])
  await network.settle()
  service = await serve({ desk: network.desks.hotline, directory, log: () => {} })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

const keyOf = ({ id, counterpart, state }: ThreadSummary) => `${id} ${counterpart} ${state}`

/**
 * Whether a thread contains a text, according to the texts written into it. All but the smallest referrals have the telephone number of
 * the example.
 */
function hasText({ id, ref = '' }: ThreadSummary, text: string): boolean {
  const wordsOf = (value: string) =>
    value
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .split(/[^\p{L}\p{N}]+/u)
  const name = written.get(id)?.name ?? ''
  if (text.startsWith('+')) return name !== ''
  const words = new Set([...wordsOf(name), ...wordsOf(ref)])
  return wordsOf(text).every((word) => words.has(word))
}

/** Lists the threads that match these filters by reading every thread, without the search index. */
async function readAll(desk: Desk, { limit: _, after: __, ...wanted }: ThreadsOptions): Promise<string[]> {
  const { open, mine, due, text, group, ref, ...same } = wanted
  const isByDue = ref === undefined && (open === true || mine === true || due !== undefined)
  const all = await desk.threads({ ...(isByDue && { open: true }), limit: 1000 })
  const own = new Set((await desk.threads({ mine: true, limit: 1000 })).map(keyOf))
  return all
    .filter((track) => Object.entries(same).every(([name, value]) => track[name as 'kind'] === value))
    .filter((track) => ref === undefined || track.ref === ref)
    .filter(({ id }) => group === undefined || written.get(id)?.group === group)
    .filter((track) => mine !== true || own.has(keyOf(track)))
    .filter(({ nextStep }) => open !== true || nextStep !== undefined)
    .filter(
      ({ nextStep }) =>
        due === undefined ||
        (nextStep?.byMs === undefined ? nextStep?.overdue === true : nextStep.byMs <= due),
    )
    .filter((track) => text === undefined || hasText(track, text))
    .map(keyOf)
}

/** Lists the threads that match these filters, page by page. */
async function find(desk: Desk, wanted: ThreadsOptions): Promise<string[]> {
  const page = await desk.threads({ ...wanted, limit: 1 + random(9) })
  const after = page.at(-1)?.cursor
  return after === undefined ? [] : [...page.map(keyOf), ...(await find(desk, { ...wanted, after }))]
}

/** Returns values for each filter, common ones and rare ones. */
function valuesOf(now: number) {
  return {
    ref: ['H-1', 'H-4'],
    counterpart: [...PARTNERS.map((name) => `https://${name}.example`), 'https://unknown.example'],
    kind: ['victim-support', 'information-request', 'advisory'],
    state: ['requested', 'accepted', 'declined', 'completed', 'info-requested', 'unreadable'],
    responsible: ['https://hotline.example', 'https://ngo.example', 'https://unknown.example'],
    due: [now, now + 48 * HOUR, now + 1000 * HOUR],
    text: SEARCHED,
    group: [GROUP, 'cd'.repeat(16)],
    open: [true],
    mine: [true],
  } as const
}

/** Returns the filters to try: each alone with each of its values, and many combinations. */
function asked(now: number): ThreadsOptions[] {
  const values = valuesOf(now)
  const names = Object.keys(values) as (keyof typeof values)[]
  const alone = names.flatMap((name) => values[name].map((value) => ({ [name]: value })))
  const combined = Array.from({ length: 120 }, () => {
    const chosen = names.filter(() => random(10) < 3)
    return Object.fromEntries(chosen.map((name) => [name, oneOf<unknown>(values[name])]))
  })
  return [...alone, ...combined] as ThreadsOptions[]
}

/** Expects every list to contain exactly the threads that a scan finds. Returns how many lists are not empty. */
async function expectAll(desk: Desk): Promise<number> {
  let found = 0
  for (const wanted of asked(network.clock.now())) {
    const expected = await readAll(network.desks.hotline, wanted)
    expect([wanted, await find(desk, wanted)]).toEqual([wanted, expected])
    if (expected.length > 0) found += 1
  }
  return found
}

describe('threads are found by every filter and combination', () => {
  test('at an embedded desk', async () => {
    expect(await expectAll(network.desks.hotline)).toBeGreaterThan(50)
  })

  test('at a desk that a service holds', async () => {
    await using desk = await connect({ socket: service.socket })
    expect(await expectAll(desk)).toBeGreaterThan(50)
  })

  test('after steps that change states, and erasures', async () => {
    const { hotline } = network.desks
    for (const { id } of await hotline.threads({ text: 'юсуф', limit: 3 }))
      await (await hotline.thread(id)).erase({ reason: 'request', force: true })
    for (let i = 0; i < 20; i++) await answer(network.desks[oneOf(PARTNERS)])
    await network.settle()
    expect(await expectAll(hotline)).toBeGreaterThan(50)
  })
})

test.each([
  [{ counterparts: 'https://ngo.example' }, 'counterparts', 'counterpart'],
  [{ state: 'complete' }, 'state', 'completed'],
  [{ kind: 'victim-suport' }, 'kind', 'victim-support'],
  [{ counterpart: 'ngo' }, 'counterpart', ''],
  [{ responsible: 7 }, 'responsible', ''],
  [{ due: 1_790_000_000 }, 'due', ''],
  [{ text: '…' }, 'text', ''],
  [{ text: 'x'.repeat(201) }, 'text', ''],
  [{ group: 'AB' }, 'group', ''],
])('%o is refused, with the path and what was meant', async (options, path, meant) => {
  const held = await connect({ socket: service.socket })
  for (const desk of [network.desks.hotline, held])
    await expect(desk.threads(options as ThreadsOptions)).rejects.toMatchObject({
      reason: 'CONFIG_INVALID',
      path,
      hint: expect.stringContaining(meant === '' ? '' : `Did you mean ${meant}?`),
    })
  await held[Symbol.asyncDispose]()
})
