// Tests of finding the thread that a person means. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { ThreadSummary } from '../client/api.ts'
import { matches } from './desk.ts'

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
