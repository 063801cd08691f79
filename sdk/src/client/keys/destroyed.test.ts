import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type EpochChain, epochAt, publicEpochs } from '../../core/identity/epoch.ts'
import { kid } from '../../core/jose/key.ts'
import { LIMITS } from '../../core/limits.ts'
import { type DestroyedKeys, destroyBefore, mayHaveBeen } from './destroyed.ts'

const NOW = Date.UTC(2026, 10, 1)
const EPOCH = epochAt(NOW)
const founded: DestroyedKeys & { readonly epochs: EpochChain } = {
  epochs: { epoch: EPOCH, seed: randomBytes(32) },
}

async function idsOf(chain: typeof founded.epochs, epoch: number): Promise<string[]> {
  const [keys] = await publicEpochs(chain, epoch, 1)
  return keys === undefined ? [] : [kid(keys.x25519), kid(keys.hpke)]
}

test('REX-MBX-061 destroyed keys are recognised by their ids; keys that were never made are not', async () => {
  const ids = await idsOf(founded.epochs, EPOCH + 1)
  const later = await destroyBefore(await destroyBefore(founded, EPOCH + 1), EPOCH + 3)
  expect(later.epochs.epoch).toBe(EPOCH + 3)
  expect(ids.map((id) => mayHaveBeen(later, id, NOW))).toEqual([true, true])
  const foreign = await idsOf({ epoch: EPOCH, seed: randomBytes(32) }, EPOCH)
  expect(foreign.map((id) => mayHaveBeen(later, id, NOW))).toEqual([false, false])
})

test('REX-MBX-061 the ids of 64 epochs are kept', async () => {
  const { destroyed = [] } = await destroyBefore(founded, EPOCH + 200)
  expect(destroyed).toHaveLength(128)
  expect(destroyed.slice(-2)).toEqual(await idsOf(founded.epochs, EPOCH + 199))
})

test('REX-ID-035 a desk restored without its seeds blames no sender while earlier keys may be in use', () => {
  const restored = { seedsSince: EPOCH }
  const published = LIMITS.epochsAhead * LIMITS.epoch
  expect(mayHaveBeen(restored, 'any', NOW + published + 3 * LIMITS.epoch)).toBe(true)
  expect(mayHaveBeen(restored, 'any', NOW + published + 6 * LIMITS.epoch)).toBe(false)
})
