// Setup of all tests: key derivation of new keystores costs a hundredth, with the same function. The suite opens hundreds of them.
import { vi } from 'vitest'

vi.mock('../../client/keys/key-derivation.ts', async (original) => ({
  ...(await original<typeof import('../../client/keys/key-derivation.ts')>()),
  NEW_COST: { memory: 512, passes: 1, parallelism: 1 },
}))
