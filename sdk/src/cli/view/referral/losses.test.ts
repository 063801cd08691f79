// Tests of how losses are displayed. docs/spec/referral.md, "Other systems"
import { expect, test } from 'vitest'
import { type Loss, primero } from '../../../adapters/index.ts'
import { render } from '../../output/screen.ts'
import { lossLines } from './losses.ts'

const shown = (losses: readonly Loss[]) => render(lossLines(losses), { colour: false, width: 80 })

test('losses that need a person come first; each reason is shown once with all its paths, within 80 columns', () => {
  const long = 'family_details_section'
  const input = {
    data: {
      case_id: 'x',
      name: 'Testina Exempla',
      sex: 'unknown',
      photos: ['a', 'b'],
      occupation: 'Shepherd',
      camp_block: 'C',
      [long]: [{ relation_name: 'A', relation_is_alive: 'perhaps', relation_location_current: ['x'] }],
    },
  }
  const text = shown(primero.toReferral(input).losses)
  const titles = [
    'To choose or enter by hand',
    'No field for it',
    'Carried in another form',
    'Never carried',
    'Stays with you',
  ]
  expect(text.split('\n').filter((line) => titles.includes(line))).toEqual(titles)
  expect(text.match(/Pictures, recordings/g)).toHaveLength(1)
  expect(text).toContain('data.photos[1]')
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('without losses, a line says so', () => {
  expect(shown([])).toBe('Everything was carried over unchanged.\n')
})
