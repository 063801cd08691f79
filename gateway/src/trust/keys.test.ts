import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { certificateUri, checkChain } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { createKeys, openKeys } from './keys.ts'

const ORGANISATION = 'https://ngo.example'
const DAY = 86_400_000

test('T-071 the certificate renews itself at two thirds of its life, under the same authority', async () => {
  using directory = temporaryDirectory()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  const options = { organisation: ORGANISATION, directory: directory.path, clock }
  await createKeys(options)
  const keys = await openKeys(options)
  const before = keys.expiresMs()
  await clock.advance(59 * DAY)
  expect(await keys.renewIfDue()).toBe(false)
  await clock.advance(2 * DAY)
  expect(await keys.renewIfDue()).toBe(true)
  expect(keys.expiresMs()).toBe(before + 61 * DAY)
  const { certificate, authority } = keys.identity()
  const leaf = checkChain({
    leaf: certificate,
    authority,
    organisation: ORGANISATION,
    usage: 'gateway',
    now: clock.now(),
  })
  expect(leaf.uris).toEqual([certificateUri(ORGANISATION, 'gateway')])
  expect((await openKeys(options)).expiresMs()).toBe(keys.expiresMs())
})

test('T-087 a missing key refuses the start; none is made anew', async () => {
  using directory = temporaryDirectory()
  const options = { organisation: ORGANISATION, directory: directory.path, clock: virtualClock(Date.now()) }
  await createKeys(options)
  rmSync(join(directory.path, 'receipt.key'))
  for (let i = 0; i < 2; i++) {
    await expect(openKeys(options)).rejects.toMatchObject({
      reason: 'CONFIG_INVALID',
      path: expect.stringContaining('receipt.key'),
    })
  }
})
