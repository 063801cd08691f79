// Tests of this organisation's and partners' statements when entity keys are rotated. docs/spec/identity.md, "Rotation of the entity key"
import { randomBytes } from 'node:crypto'
import {
  type EntityConfiguration,
  localSigner,
  parseRotation,
  type Signer,
  signEntityConfiguration,
  signRotation,
} from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { testStore } from '../testing/store.ts'
import { openDirectory } from './directory.ts'
import { Reach } from './reach.ts'

const HOTLINE = 'https://hotline.example' as EntityConfiguration['organisation']
const NGO = 'https://ngo.example' as EntityConfiguration['organisation']
const NOW = Date.UTC(2026, 10, 1)
const SECOND = 1000
/** An authority. Any DER SEQUENCE suffices, because these tests open no connection. */
const DER = Uint8Array.of(0x30, 2, 5, 0)
const [first, second, stranger] = Array.from({ length: 3 }, () => localSigner(randomBytes(32))) as [
  Signer,
  Signer,
  Signer,
]

/** Signs a statement of an organisation, some seconds after the first, optionally with the rotation from another key. */
async function statement(
  organisation: typeof NGO,
  by: Signer,
  { seconds = 0, from }: { seconds?: number; from?: Signer } = {},
) {
  const issuedMs = NOW + seconds * SECOND
  const rotation = from && (await signRotation({ organisation, to: by.key, rotatedMs: issuedMs }, from))
  const gateway = { endpoints: ['gateway.example:7443'], authority: DER, receiptKeys: [] }
  const party = {
    ...{ versions: [1], suites: ['REX-2', 'REX-1'] as const, messageKeys: [], epochs: [], gateway },
    codeLists: {},
  }
  const expiresMs = NOW + 1e9
  const rotations = rotation === undefined ? [] : [parseRotation(rotation)]
  return signEntityConfiguration(
    { organisation, name: 'Test organisation', issuedMs, expiresMs, party, rotations },
    by,
  )
}

function open() {
  const [store, clock] = [testStore(), virtualClock(NOW)]
  const time = { atLeast: () => 0, witness: () => {}, unpaired: () => {} }
  const directory = openDirectory({ organisation: HOTLINE, authority: () => DER, store, clock, time })
  const reach = new Reach({ directory, store, clock, time, endpoints: () => [] })
  return { directory, reach, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

test('REX-ID-077 REX-MBX-082 the own statement of the gateway moves to the key that takes over, and not back, whatever its date', async () => {
  await using own = open()
  await own.directory.publish(await statement(HOTLINE, first))
  await expect(own.directory.publish(await statement(HOTLINE, second, { seconds: 1 }))).rejects.toMatchObject(
    {
      reason: 'STATEMENT_INVALID',
    },
  )
  await expect(
    own.directory.publish(await statement(HOTLINE, second, { seconds: 1, from: stranger })),
  ).rejects.toMatchObject({ reason: 'STATEMENT_INVALID' })
  await own.directory.publish(await statement(HOTLINE, second, { seconds: 1, from: first }))
  expect(own.directory.own()?.entityKey).toEqual(second.key)
  await expect(own.directory.publish(await statement(HOTLINE, first, { seconds: 9 }))).rejects.toMatchObject({
    reason: 'STATEMENT_ROLLBACK',
    hint: expect.stringContaining('backup'),
  })
  expect(own.directory.own()?.entityKey).toEqual(second.key)
})

test('REX-DLV-171 REX-ID-076 an announced statement under a key that took over is kept, and one under another key is not', async () => {
  await using hotline = open()
  await hotline.directory.put(await statement(NGO, first))
  const announced = async (entityConfiguration: string) => {
    await hotline.reach.announced(NGO, { endpoints: [], entityConfiguration })
    return hotline.reach.newest(NGO)
  }
  expect(await announced(await statement(NGO, second, { seconds: 1 }))).toBeUndefined()
  expect(await announced(await statement(NGO, second, { seconds: 1, from: stranger }))).toBeUndefined()
  const rotated = await statement(NGO, second, { seconds: 1, from: first })
  expect(await announced(rotated)).toBe(rotated)
})

test('REX-ID-077 of two statements published at once, the one under the earlier key never replaces the other', async () => {
  await using own = open()
  await own.directory.publish(await statement(HOTLINE, first))
  const moved = await statement(HOTLINE, second, { seconds: 1, from: first })
  const behind = await statement(HOTLINE, first, { seconds: 2 })
  const done = await Promise.allSettled([own.directory.publish(moved), own.directory.publish(behind)])
  expect(done).toMatchObject([{ status: 'fulfilled' }, { reason: { reason: 'STATEMENT_ROLLBACK' } }])
  expect(own.directory.own()?.jwt).toBe(moved)
})
