// Tests of announced addresses and statements that are forged, rolled back or too many.
import { randomBytes } from 'node:crypto'
import {
  LIMITS,
  localSigner,
  parseEntityConfiguration,
  type Signer,
  signEntityConfiguration,
} from '@rex/sdk/core'
import { expect, test, vi } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { testStore } from '../testing/store.ts'
import { Reach } from './reach.ts'

const NGO = 'https://ngo.example'
const NOW = Date.UTC(2026, 10, 1)
const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR
const AT_HAND = ['ngo.example:7443']
/** An authority. Any DER SEQUENCE suffices, because these tests open no connection. */
const DER = Uint8Array.of(0x30, 2, 5, 0)
const signer = localSigner(randomBytes(32))

interface Fields {
  readonly organisation?: string
  readonly issuedMs?: number
  readonly expiresMs?: number
  readonly by?: Signer
  readonly endpoints?: readonly string[]
}

/** Signs a statement of the NGO, dated an hour ago. */
function statement(fields: Fields = {}): Promise<string> {
  const issuedMs = fields.issuedMs ?? NOW - HOUR
  const expiresMs = fields.expiresMs ?? issuedMs + YEAR
  return signEntityConfiguration(
    {
      organisation: (fields.organisation ?? NGO) as never,
      name: 'Test organisation',
      issuedMs,
      expiresMs,
      party: {
        versions: [1],
        suites: ['REX-2', 'REX-1'],
        messageKeys: [],
        epochs: [],
        gateway: { endpoints: fields.endpoints ?? AT_HAND, authority: DER, receiptKeys: [] },
        codeLists: {},
      },
    },
    fields.by ?? signer,
  )
}

/** Creates a record of the NGO's addresses. The NGO's statement was signed an hour ago. */
async function reach() {
  const store = testStore()
  const clock = virtualClock(NOW)
  let peer = parseEntityConfiguration(await statement())
  const directory = { own: () => undefined, peer: (id: string) => (id === NGO ? peer : undefined) }
  const time = { atLeast: () => 0 }
  const open = () => new Reach({ directory, store, clock, time, endpoints: () => ['hotline.example:7443'] })
  const it = open()
  return {
    it,
    open,
    clock,
    commits: vi.spyOn(store, 'commit'),
    /** Replaces the statement, as the desk does. */
    async put(fields: Fields) {
      const before = peer
      peer = parseEntityConfiguration(await statement(fields))
      await it.put(NGO, before)
    },
    announce: (entityConfiguration: string, endpoints: readonly string[] = []) =>
      it.announced(NGO, { endpoints, entityConfiguration }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test('REX-DLV-171 a newer statement is kept for the desk, also across a restart', async () => {
  await using ngo = await reach()
  expect(ngo.it.newest(NGO)).toBeUndefined()
  const newer = await statement({ issuedMs: NOW - 1000 })
  await ngo.announce(newer)
  expect([ngo.it.newest(NGO), ngo.open().newest(NGO)]).toEqual([newer, newer])
})

test.each<readonly [string, Fields]>([
  ['signed with another entity key', { by: localSigner(randomBytes(32)) }],
  ['of another organisation', { organisation: 'https://police.example' }],
  ['that has expired', { expiresMs: NOW - LIMITS.skew }],
  ['from the future', { issuedMs: NOW + LIMITS.skew + 1000 }],
])(
  'REX-DLV-171 REX-ID-012 an announced statement %s is not kept; the addresses beside it are',
  async (_name, fields) => {
    await using ngo = await reach()
    const forged = await statement({ issuedMs: NOW - 30 * 60_000, ...fields })
    expect(await ngo.announce(forged, ['ngo.example:9443'])).toBe(true)
    expect(ngo.it.newest(NGO)).toBeUndefined()
    expect(ngo.it.endpoints(NGO)).toEqual(['ngo.example:9443', ...AT_HAND])
  },
)

test('REX-DLV-171 an announced statement whose content was changed is not kept', async () => {
  await using ngo = await reach()
  const [header, claims, signature] = (await statement({ issuedMs: NOW - 1000 })).split('.')
  const [, others] = (await statement({ issuedMs: NOW - 1000, endpoints: ['thief.example:1'] })).split('.')
  expect(others).not.toBe(claims)
  await ngo.announce([header, others, signature].join('.'))
  expect(ngo.it.newest(NGO)).toBeUndefined()
})

test('REX-DLV-171 a statement is not kept unless it is newer than that of the desk and than the announced one', async () => {
  await using ngo = await reach()
  for (const issuedMs of [NOW - 2 * HOUR, NOW - HOUR]) await ngo.announce(await statement({ issuedMs }))
  expect(ngo.it.newest(NGO)).toBeUndefined()
  const newest = await statement({ issuedMs: NOW - 1000 })
  await ngo.announce(newest)
  for (const issuedMs of [NOW - 30 * 60_000, NOW - HOUR]) await ngo.announce(await statement({ issuedMs }))
  expect(ngo.it.newest(NGO)).toBe(newest)
})

test('T-137 REX-ID-012 a statement that a wrong clock dated far ahead does not hide a later announcement', async () => {
  await using ngo = await reach()
  await ngo.put({ issuedMs: NOW + YEAR })
  const right = await statement({ issuedMs: NOW - 1000 })
  await ngo.announce(right)
  expect(ngo.it.newest(NGO)).toBe(right)
})

test('REX-DLV-170 REX-DLV-171 once the desk has a newer statement, the announced one is not offered; new addresses go first', async () => {
  await using ngo = await reach()
  await ngo.announce(await statement({ issuedMs: NOW - 2000 }))
  await ngo.put({ issuedMs: NOW - 1000, endpoints: ['new.example:7443'] })
  expect(ngo.it.newest(NGO)).toBeUndefined()
  expect(ngo.it.endpoints(NGO)).toEqual(['new.example:7443', ...AT_HAND])
})

test('REX-DLV-171 invalid and oversized statements are not kept', async () => {
  await using ngo = await reach()
  const large = (await statement({ issuedMs: NOW - 1000 })).padEnd(LIMITS.entityConfiguration + 1, 'A')
  for (const text of ['', 'a.b.c', large]) await ngo.announce(text)
  expect(ngo.it.newest(NGO)).toBeUndefined()
})

test('REX-DLV-170 sixteen addresses are kept, newest first; more than eight at once and malformed ones are refused', async () => {
  await using ngo = await reach()
  const addresses = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `host${from + i}.example:7443`)
  for (const from of [0, 8, 16]) expect(await ngo.announce('', addresses(from, 8))).toBe(true)
  expect(ngo.it.endpoints(NGO)).toEqual([...addresses(16, 8), ...addresses(8, 8), ...AT_HAND])
  for (const endpoints of [addresses(30, 9), ['ngo.example'], ['ngo.example:7443', 'ngo.example:99999']])
    await expect(ngo.announce('', endpoints)).rejects.toMatchObject({ reason: 'MALFORMED' })
  expect(await ngo.announce('', addresses(16, 8))).toBe(false)
})

test('REX-DLV-171 nothing is kept about an organisation that is not paired', async () => {
  await using ngo = await reach()
  const police = 'https://police.example'
  expect(await ngo.it.announced(police, { endpoints: AT_HAND, entityConfiguration: '' })).toBe(false)
  expect([ngo.it.endpoints(police), ngo.it.newest(police)]).toEqual([[], undefined])
})

test('REX-DLV-171 announcements with ever-new addresses or statements cost no more than 16 commits at once, and one a minute', async () => {
  await using ngo = await reach()
  const statements = await Promise.all([1, 2].map((i) => statement({ issuedMs: NOW - 60_000 + i * 1000 })))
  const announce = (i: number) => ngo.announce(statements[i % 2] as string, [`host${i}.example:7443`])
  for (let i = 0; i < 16; i++) expect(await announce(i)).toBe(true)
  for (let i = 16; i < 200; i++)
    await expect(announce(i)).rejects.toMatchObject({
      reason: 'QUOTA_EXCEEDED',
      metadata: { retry_after_ms: '60000' },
    })
  expect(ngo.commits).toHaveBeenCalledTimes(16)
  expect(ngo.it.endpoints(NGO)[0]).toBe('host15.example:7443')
  // A repeated announcement costs nothing, and is not refused.
  expect(await announce(15)).toBe(false)
  await ngo.clock.advance(60_000)
  expect(await announce(200)).toBe(true)
  await expect(announce(201)).rejects.toMatchObject({ reason: 'QUOTA_EXCEEDED' })
})
