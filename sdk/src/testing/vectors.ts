// Where third-party vectors lie, and what their absence means. For tests.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** `REX_VECTORS` names their folder, seen from the root of the repository, or is `none`. Where it is named, and in CI, they must be there. */
const { CI, REX_VECTORS } = process.env
const FOLDER = resolve(ROOT, REX_VECTORS || '../shared/vectors')
const REQUIRED = REX_VECTORS === undefined ? Boolean(CI) : REX_VECTORS !== 'none'

/** Text of a file of vectors. */
export function readVectors(file: string): string {
  return readFileSync(resolve(FOLDER, file), 'utf8')
}

/** Tests with vectors: without them they fail where they are required, and say aloud that they are skipped elsewhere. */
export function describeVectors(name: string, tests: () => void): void {
  if (existsSync(FOLDER)) describe(name, tests)
  else if (REQUIRED) test(name, () => expect.fail(`There are no vectors at ${FOLDER}; see CONTRIBUTING.`))
  else skip(name, tests)
}

function skip(name: string, tests: () => void): void {
  console.warn(`SKIPPED: ${name}. There are no vectors at ${FOLDER}.`)
  describe.skip(name, tests)
}
