// T-143: a verb under one key is performed only once; every verb that a thread allows can be called. docs/guide/desk.md, "Keys"
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { itemsOf as itemsAt } from '../../testing/harness/fixture.ts'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { testKeys } from '../../testing/parties/keys.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Desk } from '../api/desk.ts'
import type { Thread } from '../api/thread.ts'
import { VERB_NAMES } from '../api/verbs.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { openIdempotency } from './idempotency.ts'

let network: TestNetwork<'hotline' | 'ngo'>
let hotline: Desk
let ngo: Desk
let mine: Thread
let theirs: Thread

beforeEach(async () => {
  network = await testNetwork(['hotline', 'ngo'])
  ;({ hotline, ngo } = network.desks)
  mine = await hotline.send(buildReferral(), { to: ngo.organisation })
  await itemsAt(network, ngo)
  theirs = await ngo.thread(mine.id)
  return () => network[Symbol.asyncDispose]()
})

const typesOf = async (thread: Thread) => (await thread.changes()).events.map(({ type }) => type)

describe('a verb under a key', () => {
  test('acts once, even if the thread no longer allows the verb, or two calls are concurrent', async () => {
    const taken = { reference: 'N-1', key: 'case-1/accept' }
    await Promise.all([
      theirs.accept(taken),
      theirs.accept(taken),
      theirs.accept({ key: taken.key, reference: 'N-1' }),
    ])
    await theirs.accept(taken)
    await network.settle()
    await theirs.complete({ outcome: 'child-safe', key: 'case-1/complete' }).catch(() => {})
    await theirs.accept(taken)
    await itemsAt(network, hotline)
    expect((await typesOf(mine)).filter((type) => type === 'accept')).toHaveLength(1)
  })

  test('without a key, each call is a separate act', async () => {
    await mine.note({ text: 'a' })
    await mine.note({ text: 'a' })
    expect(await typesOf(mine)).toEqual(['refer', 'note', 'note'])
  })

  test('other content, verb or thread is KEY_CONFLICT, which names the thread', async () => {
    const other = await hotline.send(buildReferral(), { to: ngo.organisation, key: 's' })
    await mine.note({ text: 'a', key: 'k' })
    const conflict = (thread: string, key: string) => ({
      reason: 'KEY_CONFLICT',
      metadata: { key, thread },
      hint: expect.stringContaining(thread),
    })
    for (const act of [
      () => mine.note({ text: 'b', key: 'k' }),
      () => mine.note({ text: 'a', language: 'en', key: 'k' }),
      () => mine.withdraw({ code: 'sent-in-error', key: 'k' }),
      () => other.note({ text: 'a', key: 'k' }),
      () => hotline.send(buildReferral(), { to: ngo.organisation, key: 'k' }),
    ])
      await expect(act()).rejects.toMatchObject(conflict(mine.id, 'k'))
    await expect(mine.note({ text: 'a', key: 's' })).rejects.toMatchObject(conflict(other.id, 's'))
    expect(await typesOf(mine)).toEqual(['refer', 'note'])
  })

  test('an act that was refused leaves its key free', async () => {
    await expect(mine.accept({ key: 'k' })).rejects.toMatchObject({ reason: 'INVALID_EVENT' })
    await mine.note({ text: 'a', key: 'k' })
    expect(await typesOf(mine)).toEqual(['refer', 'note'])
  })

  test('an answer to the oldest open request answers it once', async () => {
    await theirs.requestInfo({ questions: [{ text: 'Which?' }], key: 'q' })
    await theirs.requestInfo({ questions: [{ text: 'Which?' }], key: 'q' })
    await itemsAt(network, hotline)
    const answers = [{ id: '1', text: 'This.' }]
    await mine.provideInfo({ answers, key: 'a' })
    await mine.provideInfo({ answers, key: 'a' })
    await mine.markSeen({ key: 'seen' })
    await mine.markSeen({ key: 'seen' })
    expect(await typesOf(mine)).toEqual(['refer', 'request-info', 'provide-info'])
  })
})

test('a change of presets alone does not change the content of a send', async () => {
  const draft = { ...buildReferral(), handling: 'standard' }
  const first = await hotline.send(draft, { to: ngo.organisation, key: 'p' })
  expect((await hotline.send(draft, { to: ngo.organisation, key: 'p' })).id).toBe(first.id)
  const other = hotline.send({ ...draft, handling: 'nigth' }, { to: ngo.organisation, key: 'p' })
  await expect(other).rejects.toMatchObject({ reason: 'KEY_CONFLICT' })
})

describe('keys in the store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rex-keys-'))
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('are stored permanently with the act, and cannot be guessed from the store', async () => {
    const { archiveKey } = testKeys('ngo', 0)
    const path = join(directory, 'desk.db')
    const act = (work: string) => ({
      key: 'k',
      contents: [{ text: 'Amina', at: [1, { b: 1, a: undefined }] }],
      again: (threads: readonly string[]) => `again ${threads}`,
      work: async () => work,
    })
    {
      await using store = openSqliteDeskStore(path)
      const once = openIdempotency(store, archiveKey)
      const done = await once.once({
        ...act(''),
        work: async (keep) => {
          await store.commit((write) => keep(write, ['ab'.repeat(16)]))
          return 'done'
        },
      })
      expect(done).toBe('done')
      await expect(
        openIdempotency(store, archiveKey).once({
          ...act('second'),
          key: 'l',
          work: async (keep) =>
            store.commit((write) => {
              keep(write, ['cd'.repeat(16)])
              throw new Error('not durable')
            }),
        }),
      ).rejects.toThrow('not durable')
    }
    await using again = openSqliteDeskStore(path)
    const { once } = openIdempotency(again, archiveKey)
    expect(await once(act('second'))).toBe(`again ${'ab'.repeat(16)}`)
    expect(await once({ ...act('second'), contents: [{ at: [1, { b: 1 }], text: 'Amina' }] })).toMatch(
      /^again/,
    )
    expect(await once({ ...act('free'), key: 'l' })).toBe('free')
    expect(await openIdempotency(again, Buffer.alloc(32)).once(act('other desk'))).toBe('other desk')
  })
})

describe('the verbs that a thread allows', () => {
  /** Checks that every allowed verb, and no other, can be called. */
  async function callable(thread: Thread): Promise<void> {
    const { allowed } = await thread.view()
    for (const name of allowed) expect(thread[name]).toBeTypeOf('function')
    expect(VERB_NAMES.filter((name) => !(name in thread))).toEqual([])
  }

  test('have the names of the SDK, and are listed only if they have something to act on', async () => {
    expect((await mine.view()).allowed).toEqual([
      'withdraw',
      'recall',
      'changeConsent',
      'correct',
      'note',
      'enterInError',
    ])
    expect((await theirs.view()).allowed).toEqual([
      'accept',
      'decline',
      'requestInfo',
      'waitlist',
      'changeConsent',
      'correct',
      'note',
    ])
    await callable(mine)
    await callable(theirs)
    await theirs.requestInfo({ questions: [{ text: 'Which?' }] })
    await itemsAt(network, hotline)
    expect((await mine.view()).allowed).toContain('provideInfo')
    await theirs.accept()
    await itemsAt(network, hotline)
    expect((await mine.view()).allowed).toContain('disclose')
    await mine.recall({ code: 'sent-in-error' })
    await itemsAt(network, ngo)
    expect((await theirs.view()).allowed).toContain('attestRecall')
  })
})
