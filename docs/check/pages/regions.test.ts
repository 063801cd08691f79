import { ErrorReason } from '@rex/proto/core/v1/error'
import { REASONS } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { current, regions } from './regions.ts'

test.each(regions())('$page: the table "$name" is what the code says (npm run generate:docs)', (region) => {
  expect(current(region)).toBe(region.text)
})

test('the reasons of the SDK equal those of the schema', () => {
  expect(['UNSPECIFIED', ...Object.keys(REASONS)].sort()).toEqual(Object.keys(ErrorReason).sort())
})
