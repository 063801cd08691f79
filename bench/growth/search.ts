// Measures lists and searches at desks with 10² to 10⁶ threads. docs/guide/benchmark.md, "Growth"
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Desk, ThreadsOptions } from '@rex/sdk'
import { searchPathOf } from '../../sdk/src/client/store/search/file.ts'
import type { DeskStore } from '../../sdk/src/client/store/store.ts'
import type { ThreadRepository } from '../../sdk/src/client/thread/repository/repository.ts'
import { STATES } from '../../sdk/src/core/thread/transitions.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'
import { deskWith, NOW, refOf, timeFor } from './desk.ts'

/** Time that a list or search takes in milliseconds, and its ratio to the time at a desk with a thousand threads. */
interface Listed {
  readonly ms: number
  readonly ratio: number
}

/** Figures for a number of threads. Lists have at most 100 entries. */
export interface SearchFigures {
  readonly threads: number
  /** A list of the threads that changed last, without a filter. */
  readonly list: Listed
  /** A search for the one thread that has a given reference. */
  readonly ref: Listed
  /** A list of the completed threads with one counterpart. There are ten counterparts and eleven states. */
  readonly filtered: Listed
  /** A search for a word that occurs in only one thread. */
  readonly rare: Listed
  /** A search for a word that occurs in every twentieth thread, among the threads with one counterpart. */
  readonly common: Listed
  /** Size of the search index divided by the number of threads, in bytes. */
  readonly bytes: number
}

/**
 * Number of threads that have real messages and can be opened. They changed last, so that the lists show them. All other threads exist only as rows.
 */
const OPENED = 1000
const PER_COMMIT = 500
const COUNTERPARTS = 10
/** Number of terms of a thread: about as many as in a referral with three people and a telephone number. */
const TERMS = 20
const HOTLINE = 'https://hotline.example'
const ASKED = {
  list: () => ({}),
  ref: (opened) => ({ ref: refOf(randomInt(1, opened)) }),
  filtered: () => ({ counterpart: HOTLINE, state: 'completed' }),
  rare: (opened) => ({ text: refOf(randomInt(1, opened)) }),
  common: () => ({ text: 'H', counterpart: HOTLINE }),
} as const satisfies Record<string, (opened: number) => ThreadsOptions>
type Asked = keyof typeof ASKED

/** Measures desks with these numbers of threads, interleaved. */
export async function measureSearches(counts: readonly number[], effort: Effort): Promise<SearchFigures[]> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-search-growth-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const desks = new Map<number, { readonly desk: Desk; readonly bytes: number }>()
  for (const count of counts) {
    const path = join(directory, `${count}.db`)
    const made = await searchedDesk(count, path)
    undo.use(made)
    desks.set(count, { desk: made, bytes: (await sizeOf(searchPathOf(path))) / count })
  }
  const times = new Map<Asked, Readonly<Record<string, readonly number[]>>>()
  for (const asked of Object.keys(ASKED) as Asked[])
    times.set(
      asked,
      await interleave(
        Object.fromEntries(
          counts.map((count) => [
            count,
            () => timeFor(effort.ms, () => list(desks.get(count)?.desk as Desk, asked, count)),
          ]),
        ),
        effort.rounds,
      ),
    )
  const base = counts.includes(1000) ? 1000 : (counts[0] as number)
  const of = (asked: Asked, count: number) => times.get(asked)?.[count] as readonly number[]
  const listed = (asked: Asked, count: number) => ({
    ms: median(of(asked, count)),
    ratio: medianRatio(of(asked, count), of(asked, base)),
  })
  return counts.map((threads) => ({
    threads,
    list: listed('list', threads),
    ref: listed('ref', threads),
    filtered: listed('filtered', threads),
    rare: listed('rare', threads),
    common: listed('common', threads),
    bytes: desks.get(threads)?.bytes ?? Number.NaN,
  }))
}

/** Returns the size of a database with its log, in bytes. */
async function sizeOf(path: string): Promise<number> {
  const sizes = await Promise.all(['', '-wal'].map(async (end) => (await stat(`${path}${end}`)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function list(desk: Desk, asked: Asked, count: number): Promise<void> {
  const opened = Math.min(count, OPENED)
  const found = await desk.threads(ASKED[asked](opened))
  const expected = asked === 'ref' || asked === 'rare' ? 1 : Math.min(count, 100)
  if (found.length < expected - 1 || found.some(({ state }) => state !== 'completed'))
    throw new Error(`${asked} found ${found.length} threads.`)
}

/** Creates a desk with `count` threads. */
async function searchedDesk(count: number, path: string): Promise<Desk> {
  const { desk, store, threads } = await deskWith(Math.min(count, OPENED), path)
  await desk.threads({ state: 'completed', limit: 1 })
  await others(store, threads, count - OPENED)
  return desk
}

/** Adds rows of older threads, which are never opened, to the store and to the search index, with random counterparts, states and terms. */
async function others(store: DeskStore, threads: ThreadRepository, count: number): Promise<void> {
  const token = (field: string, values: readonly string[]) =>
    values.map((value) => threads.tokenOf(field, value))
  const counterparts = token(
    'counterpart',
    Array.from({ length: COUNTERPARTS }, (_, i) => (i === 0 ? HOTLINE : `https://partner${i}.example`)),
  )
  const states = token(
    'state',
    Object.keys(STATES).map((state) => `recipient ${state}`),
  )
  const [kind = 0] = token('kind', ['victim-support'])
  const [common = 0] = token('text', ['h'])
  const from = (store.read.threadCount() ?? 0) + 1
  const oneOf = (all: readonly number[], i: number) => all[i % all.length] as number
  for (let at = 0; at < count; at += PER_COMMIT) {
    const some = Array.from({ length: Math.min(PER_COMMIT, count - at) }, (_, i) => at + i)
    await store.commit((write) => {
      for (const i of some)
        write.putThread({
          ...{ id: randomBytes(16).toString('hex'), role: 'recipient', test: true, slot: 0, refMac: '' },
          ...{ summary: randomBytes(300), updatedMs: NOW - OPENED - i },
        })
    })
    const terms = (i: number) => [
      ...(i % 20 === 0 ? [common] : []),
      ...Array.from({ length: TERMS }, () => randomInt(2 ** 47)),
    ]
    store.search.put(
      some.map((i) => ({
        ...{ thread: from + i, changedMs: NOW - OPENED - i, dueMs: null, terms: terms(i) },
        tracks: [
          { kind, counterpart: oneOf(counterparts, i), state: oneOf(states, Math.floor(i / COUNTERPARTS)) },
        ],
      })),
      store.read.lastMark(),
    )
  }
}
