// Which gateway is asked about an unknown key, and how often. docs/spec/identity.md, REX-ID-014
import { expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { NewestKeys } from './newest-keys.ts'

const NGO = 'https://ngo.example'
const unknown = () => Promise.reject(new RexError('KEY_INVALID', 'The organisation has no such key.'))

test('REX-ID-014 first what the own gateway was told, then the organisation; an answer that helps ends the search', async () => {
  const asked: boolean[] = []
  const keys = new NewestKeys(async (_, refresh) => void asked.push(refresh))
  expect(await keys.find(NGO, async () => 'known')).toBe('known')
  expect(asked).toEqual([])
  expect(await keys.find(NGO, async () => (asked.length === 2 ? 'found' : unknown()))).toBe('found')
  expect(asked).toEqual([false, true])
})

test('REX-ID-014 whoever signs with unknown keys causes eight questions at once and one a minute; those that wait share one', async () => {
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

test('REX-ID-014 while the organisation cannot be asked, it is not said that it has no such key', async () => {
  const keys = new NewestKeys(async (_, refresh) => {
    if (refresh) throw new RexError('UNAVAILABLE', 'No answer.')
  })
  await expect(keys.find(NGO, unknown)).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
})
