// Set up for all tests: new keystores are stretched at a hundredth of the cost, by the same function. The suite opens hundreds of them.
import { vi } from 'vitest'

vi.mock('../client/keys/key-derivation.ts', async (original) => ({
  ...(await original<typeof import('../client/keys/key-derivation.ts')>()),
  NEW_COST: { memory: 512, passes: 1, parallelism: 1 },
}))
