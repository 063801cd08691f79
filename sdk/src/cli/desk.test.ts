// Tests of finding the thread that a person means. docs/guide/rex-desk.md
import { expect, test, vi } from 'vitest'
import type { ThreadSummary } from '../client/api/api.ts'
import { example, type Party, withParties } from '../client/tests/fixture.ts'
import { findThread, matches } from './desk.ts'

let made: Party[]
withParties(['hotline', 'ngo'], (parties) => {
  made = parties
})

const threads = [
  { id: '7f3a91c2', ref: 'H-1' },
  { id: '7f3abbbb', ref: 'H-2' },
  { id: 'ccccdddd', ref: '7f3a' },
  { id: 'eeeeffff', ref: 'H-2' },
] as ThreadSummary[]
const ids = (text: string) => matches(text, threads).map(({ id }) => id)

test('an own reference goes before the beginning of an id', () => {
  expect(ids('H-1')).toEqual(['7f3a91c2'])
  expect(ids('7f3a')).toEqual(['ccccdddd'])
  expect(ids('7f3a9')).toEqual(['7f3a91c2'])
  expect(ids('7F3AB')).toEqual(['7f3abbbb'])
})

test('several stay several: nobody is decided about by accident', () => {
  expect(ids('H-2')).toEqual(['7f3abbbb', 'eeeeffff'])
})

test('too little is nothing', () => {
  expect(ids('7f3')).toEqual([])
  expect(ids('')).toEqual([])
  expect(ids('zzzz')).toEqual([])
})

test('a whole id is opened without reading the list; one that is none here may be an own reference', async () => {
  const [hotline, ngo] = made as [Party, Party]
  const ref = 'c0ffee'.padEnd(32, '0')
  const { id } = await hotline.desk.send(example('content-verification'), { to: ngo.id, ref })
  const list = vi.spyOn(hotline.desk, 'threads')
  expect((await findThread(hotline.desk, id.toUpperCase())).id).toBe(id)
  expect(list).not.toHaveBeenCalled()
  expect((await findThread(hotline.desk, ref)).id).toBe(id)
  await expect(findThread(hotline.desk, 'f'.repeat(32))).rejects.toMatchObject({ reason: 'NOT_FOUND' })
})
