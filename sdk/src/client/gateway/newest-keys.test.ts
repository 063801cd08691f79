// Tests of which gateway is asked about an unknown key, and how often. docs/spec/identity.md, REX-ID-014
import { expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { NewestKeys } from './newest-keys.ts'

const NGO = 'https://ngo.example'
const unknown = () => Promise.reject(new RexError('KEY_INVALID', 'The organisation has no such key.'))

test('REX-ID-014 asks the own gateway first, then the organisation, and stops at the first helpful answer', async () => {
  const asked: boolean[] = []
  const keys = new NewestKeys(async (_, refresh) => void asked.push(refresh))
  expect(await keys.find(NGO, async () => 'known')).toBe('known')
  expect(asked).toEqual([])
  expect(await keys.find(NGO, async () => (asked.length === 2 ? 'found' : unknown()))).toBe('found')
  expect(asked).toEqual([false, true])
})

test('REX-ID-014 unknown keys cause at most eight questions at once and one per minute; waiting callers share a question', async () => {
  let [questions, ms] = [0, 0]
  const keys = new NewestKeys(
    async (_, refresh) => {
      if (refresh) questions += 1
    },
    () => ms,
  )
  const refused = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        expect(keys.find(NGO, unknown)).rejects.toMatchObject({ reason: 'KEY_INVALID' }),
      ),
    )
  await refused(50)
  expect(questions).toBe(1)
  for (let i = 0; i < 20; i++) await refused(1)
  expect(questions).toBe(8)
  ms += 60_000
  for (let i = 0; i < 5; i++) await refused(1)
  expect(questions).toBe(9)
})

test('REX-ID-014 while the organisation cannot be asked, the key is not reported as invalid', async () => {
  const keys = new NewestKeys(async (_, refresh) => {
    if (refresh) throw new RexError('UNAVAILABLE', 'No answer.')
  })
  await expect(keys.find(NGO, unknown)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
})
