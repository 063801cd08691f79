// The search index misses no change, can be rebuilt, and reveals nothing about a case in its files.
// docs/adr/0058-threads-are-found-by-keyed-tokens.md
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Referral } from '../../core/referral/index.ts'
import { exampleReferral } from '../../testing/referral.ts'
import type { ThreadsOptions } from '../api/desk.ts'
import { Eraser } from '../erasure/erase.ts'
import { searchIndexAt } from '../store/search/file.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { desksInParts, type Parts } from '../tests/harness/parts.ts'
import { ThreadRepository } from '../thread/repository/repository.ts'
import { listThreads } from '../threads.ts'
import { Search } from './search.ts'
import { textTermsOf } from './texts.ts'

const NGO = 'https://ngo.example'
const FILE = 'desk-search.db'
let directory: string
let hotline: Parts
let search: Search

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-search-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const storeOf = (name: string) =>
    openSqliteDeskStore(join(directory, name === 'hotline' ? 'desk.db' : `${name}.db`))
  ;[hotline] = await desksInParts(['hotline', 'ngo'], {}, () => 0, storeOf)
  search = searchOf(hotline)
})

/** Makes a search that updates its index only when it is called. */
function searchOf({ desk }: Parts): Search {
  return new Search(desk, AbortSignal.abort())
}

/** Closes the index, changes its files, and opens it again, as another process would. */
function reopened(spoil: () => void): void {
  const { desk } = hotline
  desk.store.search.close()
  spoil()
  const index = searchIndexAt(join(directory, FILE))
  onTestFinished(index.close)
  const changed = { ...desk, store: { ...desk.store, search: index } }
  hotline = { ...hotline, desk: changed }
  search = searchOf(hotline)
}

async function refer(name: string, ref: string): Promise<string> {
  const { people: [child, ...others] = [], ...rest } = exampleReferral('victim-support-grooming')
  const people = [{ ...child, names: [{ kind: 'legal' as const, full: name }] }, ...others]
  return (await hotline.refer({ to: NGO, ref }, { ...rest, people: people as Referral['people'] & object }))
    .id
}

async function found(wanted: ThreadsOptions): Promise<string[]> {
  return (await listThreads(hotline.desk, search, wanted)).map(({ id }) => id)
}

/** Returns the names of the files that contain any of these byte strings. */
function filesWith(bytes: readonly (Buffer | string)[]): string[] {
  return readdirSync(directory).filter((name) => {
    const content = readFileSync(join(directory, name))
    return bytes.some((one) => content.includes(one))
  })
}

/** Returns the terms of a thread, as the index stores them. */
function termsOf(id: string): Buffer[] {
  const { threads } = hotline.desk
  return [...textTermsOf(threads.open(id))].map((term) => {
    const bytes = Buffer.alloc(6)
    bytes.writeUIntBE(threads.tokenOf('text', term), 0, 6)
    return bytes
  })
}

test('T-080 no file contains a name, a number or a reference; the index contains only tokens', async () => {
  const id = await refer('Zqmarker Erfunden', 'ZQ-7-marker')
  expect(await found({ text: 'zqmarker' })).toEqual([id])
  const texts = [
    'qmarker',
    'QMARKER',
    'ZQ-7',
    'rfunden',
    '555 01 42',
    'sky_fox',
    'requested',
    'victim-support',
    'referrer ',
  ]
  const forms = texts.flatMap((text) => [
    text,
    Buffer.from(text, 'utf16le'),
    Buffer.from(text).toString('hex'),
  ])
  expect(filesWith(forms)).toEqual([])
  const other = new ThreadRepository('https://hotline.example', Buffer.alloc(32, 1), hotline.desk.store)
  const { tokenOf } = hotline.desk.threads
  const own = tokenOf.call(hotline.desk.threads, 'text', 'maryam')
  expect([own, own]).not.toEqual([
    other.tokenOf('text', 'maryam'),
    tokenOf.call(hotline.desk.threads, 'kind', 'maryam'),
  ])
})

test('T-155 an erased thread leaves no term in any byte of the files; other threads are still found', async () => {
  const ids: string[] = []
  for (let i = 0; i < 40; i++) ids.push(await refer(`Kind${i} Erfunden`, `H-${i}`))
  const erased = ids[20] ?? ''
  expect(await found({ text: 'kind20' })).toEqual([erased])
  const shared = new Set(termsOf(ids[21] ?? '').map((term) => term.toString('hex')))
  const terms = termsOf(erased).filter((term) => !shared.has(term.toString('hex')))
  expect([terms.length >= 2, filesWith(terms).some((name) => name.startsWith(FILE))]).toEqual([true, true])
  await new Eraser(hotline.desk, hotline.composer).erase(hotline.desk.threads.open(erased), {
    reason: 'request',
    force: true,
  })
  expect(filesWith(terms)).toEqual([])
  expect([await found({ text: 'kind20' }), await found({ text: 'kind21' })]).toEqual([[], [ids[21]]])
  expect((await found({ kind: 'victim-support' })).length).toBe(39)
})

test.each([
  ['is missing', () => rmSync(join(directory, FILE))],
  ['is no database', () => writeFileSync(join(directory, FILE), 'x'.repeat(9000))],
  ['has damaged pages', () => damage(join(directory, FILE))],
])('an index that %s is made again, and nothing is missed', async (_, spoil) => {
  const ids = [await refer('Maryam Erfunden', 'H-1'), await refer('Yusuf Erfunden', 'H-2')]
  expect((await found({ text: 'erfunden' })).toSorted()).toEqual(ids.toSorted())
  reopened(spoil)
  expect((await found({ text: 'erfunden' })).toSorted()).toEqual(ids.toSorted())
})

function damage(file: string): void {
  const bytes = readFileSync(file)
  bytes.fill(0xff, 4096)
  writeFileSync(file, bytes)
}

test('an older index catches up; an index of another life of the store is rebuilt', async () => {
  const copy = join(directory, 'copy')
  const old = await refer('Maryam Erfunden', 'H-1')
  await search.current()
  reopened(() => copyFileSync(join(directory, FILE), copy))
  const late = await refer('Maryam Fingida', 'H-2')
  await search.current()
  reopened(() => copyFileSync(copy, join(directory, FILE)))
  expect((await found({ text: 'maryam' })).toSorted()).toEqual([old, late].toSorted())
  const chain = Buffer.alloc(16, 7)
  expect(hotline.desk.store.search.begin(chain.toString('hex'))).toBe(0)
  search = new Search({ ...hotline.desk, chain }, AbortSignal.abort())
  expect((await found({ text: 'maryam' })).toSorted()).toEqual([old, late].toSorted())
})

test('the next process indexes what a killed process stored but did not index', async () => {
  const first = await refer('Maryam Erfunden', 'H-1')
  await search.current()
  const late = await refer('Maryam Fingida', 'H-2')
  const { store } = hotline.desk
  const marks = store.read.marked(0, 99).map(({ mark }) => mark)
  expect(store.search.begin(Buffer.from(hotline.desk.chain).toString('hex'))).toBeLessThan(Math.max(...marks))
  search = searchOf(hotline)
  expect((await found({ text: 'maryam' })).toSorted()).toEqual([first, late].toSorted())
})

test('the index is brought up to date in the background, after a change', async () => {
  const open = new AbortController()
  onTestFinished(() => open.abort())
  void new Search(hotline.desk, open.signal)
  await refer('Maryam Erfunden', 'H-1')
  const { store } = hotline.desk
  const known = () => store.search.count(hotline.desk.threads.tokenOf('text', 'maryam'), 9)
  expect(known()).toBe(0)
  await (hotline.clock as { advance?: (by: { minutes: number }) => Promise<void> }).advance?.({ minutes: 1 })
  await vi.waitUntil(() => known() === 1)
  expect(existsSync(join(directory, FILE))).toBe(true)
})

test('a thread is indexed again only if its due time changes', async () => {
  const id = await refer('Maryam Erfunden', 'H-1')
  const { store } = hotline.desk
  const markAfter = async (dueMs: number) => {
    await store.commit((write) => write.dueSooner(id, dueMs))
    return store.read.lastMark()
  }
  const mark = store.read.lastMark()
  expect([await markAfter(Number.MAX_SAFE_INTEGER), await markAfter(1)]).toEqual([mark, mark + 1])
})

test('a search that would wait too long reports the progress of the index, and a later search continues', async () => {
  for (let i = 0; i < 40; i++) await refer('Maryam Erfunden', `H-${i}`)
  let ms = 0
  const clock = { ...hotline.clock, steady: () => (ms += 11_000) }
  search = new Search({ ...hotline.desk, clock }, AbortSignal.abort())
  await expect(found({ text: 'maryam' })).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
    message: expect.stringMatching(/being made: \d+ %/),
  })
  search = searchOf(hotline)
  expect((await found({ text: 'maryam' })).length).toBe(40)
})
