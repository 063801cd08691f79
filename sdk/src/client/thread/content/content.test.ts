// Tests that each section is checked once. docs/spec/referral.md, "Encoding"
import { expect, test, vi } from 'vitest'
import { guardContent } from '../../../core/referral/guard/guard.ts'
import { encodeSection } from '../../../core/referral-codec/section.ts'
import { checkSection, takeSection } from './content.ts'

vi.mock('../../../core/referral/guard/guard.ts', { spy: true })

const items = [{ id: 'item', url: 'https://host.example/test' }]
const section = { type: 'items', id: 'items', version: 1, content: { items } } as const
const guarded = () => {
  const count = vi.mocked(guardContent).mock.calls.length
  vi.mocked(guardContent).mockClear()
  return count
}

test('T-148 a section is guarded once while its bytes are in memory, and every reader gets a separate object', () => {
  const content = encodeSection(section)
  guarded()
  checkSection('items', content)
  expect(guarded()).toBe(1)
  const [first, second] = [0, 1].map(() => takeSection({ type: 'items', content }))
  expect([first, second]).toEqual([section, section])
  expect(first?.content.items).not.toBe(second?.content.items)
  expect(guarded()).toBe(0)
  const loaded = { type: 'items', content: Uint8Array.from(content) }
  expect([takeSection(loaded), takeSection(loaded)]).toEqual([section, section])
  expect(guarded()).toBe(1)
})
