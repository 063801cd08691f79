// Tests of finding the thread that the user named. docs/guide/rex-desk.md
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Desk } from '../client/api/desk.ts'
import { example, type Party, withParties } from '../client/tests/harness/parties.ts'
import { type CopyDesk, deskOfCopies } from '../testing/harness/copies.ts'
import { findThread } from './desk.ts'
import { UsageError } from './exit.ts'

const id = (digits: string) => digits.padEnd(32, '0')
const threads: readonly (readonly [id: string, ref: string])[] = [
  ['7f3a91c2', 'H-1'],
  ['7f3abbbb', 'H-2'],
  ['ccccdddd', '7f3a'],
  ['eeeeffff', 'H-2'],
  ['abababab0001', 'H-3'],
  ['abababab0002', 'H-3'],
  ...Array.from({ length: 7 }, (_, i) => [`5555000${i}`, 'many'] as const),
]

let parties: Party[]
withParties(['hotline', 'ngo'], (all) => {
  parties = all
})

/** A desk whose threads have the ids and references in `threads`. */
let made: CopyDesk
let desk: Desk
beforeAll(async () => {
  made = await deskOfCopies(threads.map(([digits, ref]) => ({ id: id(digits), ref })))
  desk = made.desk
})
afterAll(() => made[Symbol.asyncDispose]())

const found = async (text: string) => (await findThread(desk, text)).id
/** Returns the message shown when several threads match. */
const several = async (text: string): Promise<string> => {
  const error = await found(text).catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(UsageError)
  const { message, hint } = error as UsageError
  return `${message} ${hint}`
}

test('an own reference takes precedence over the beginning of an id', async () => {
  expect(await found('H-1')).toBe(id('7f3a91c2'))
  expect(await found('7f3a')).toBe(id('ccccdddd'))
  expect(await found('7f3a9')).toBe(id('7f3a91c2'))
  expect(await found('7F3AB')).toBe(id('7f3abbbb'))
})

test('an ambiguous beginning stays ambiguous, so nobody acts on a thread by accident', async () => {
  expect(await several('H-2')).toMatch(/^"H-2" can mean 2 threads\. .*7f3abbbb \(\w+\).*$/)
  expect(await several('H-2')).toContain('eeeeffff')
})

test('threads whose ids begin alike are listed with the digits that distinguish them', async () => {
  expect(await several('abab')).toMatch(/: abababab0001 \(\w+\), abababab0002 \(\w+\)\.$/)
  expect(await found('ABABABAB0002')).toBe(id('abababab0002'))
})

test('of very many matching threads, only some are listed', async () => {
  for (const text of ['many', '5555']) expect((await several(text)).match(/5555000\d \(/g)).toHaveLength(5)
  expect(await several('5555')).toMatch(/^"5555" can mean more than 5 threads\./)
})

test('too few characters find nothing', async () => {
  for (const text of ['7f3', '', 'zzzz', '\n', 'a'.repeat(33), 'H'.repeat(300)])
    await expect(findThread(desk, text)).rejects.toMatchObject({ reason: 'NOT_FOUND' })
})

test('no more threads are read than are listed, however many there are', async () => {
  const list = vi.spyOn(desk, 'threads')
  for (const text of ['5555', 'many', 'H-1', 'ffff']) await findThread(desk, text).catch(() => {})
  for (const [options] of list.mock.calls)
    expect(options).toEqual({
      limit: 6,
      [options?.ref === undefined ? 'idPrefix' : 'ref']: expect.any(String),
    })
  list.mockRestore()
})

test('a full id opens without reading the list; an unknown id may be an own reference', async () => {
  const [hotline, ngo] = parties as [Party, Party]
  const ref = 'c0ffee'.padEnd(32, '0')
  const { id } = await hotline.desk.send(example('content-verification'), { to: ngo.id, ref })
  const list = vi.spyOn(hotline.desk, 'threads')
  expect((await findThread(hotline.desk, id.toUpperCase())).id).toBe(id)
  expect(list).not.toHaveBeenCalled()
  expect((await findThread(hotline.desk, ref)).id).toBe(id)
  await expect(findThread(hotline.desk, 'f'.repeat(32))).rejects.toMatchObject({ reason: 'NOT_FOUND' })
})
