// Setup of all tests: reduces the cost of key derivation for new keystores to a hundredth, with the same function, because the suite opens hundreds
// of keystores.
import { vi } from 'vitest'

vi.mock('../../client/keys/key-derivation.ts', async (original) => ({
  ...(await original<typeof import('../../client/keys/key-derivation.ts')>()),
  NEW_COST: { memory: 512, passes: 1, parallelism: 1 },
}))
