// Location of third-party test vectors, and how tests handle their absence. For tests.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
/**
 * `REX_VECTORS` is the path of their folder from the root of the repository, or `none`. They are required if it names a folder, and in CI.
 */
const { CI, REX_VECTORS } = process.env
const FOLDER = resolve(ROOT, REX_VECTORS || '../shared/vectors')
const REQUIRED = REX_VECTORS === undefined ? Boolean(CI) : REX_VECTORS !== 'none'

/** Text of a vector file. */
export function readVectors(file: string): string {
  return readFileSync(resolve(FOLDER, file), 'utf8')
}

/** Tests with vectors. Without them they fail where they are required; elsewhere they are skipped with a message. */
export function describeVectors(name: string, tests: () => void): void {
  if (existsSync(FOLDER)) describe(name, tests)
  else if (REQUIRED) test(name, () => expect.fail(`There are no vectors at ${FOLDER}; see CONTRIBUTING.`))
  else skip(name, tests)
}

function skip(name: string, tests: () => void): void {
  console.warn(`SKIPPED: ${name}. There are no vectors at ${FOLDER}.`)
  describe.skip(name, tests)
}
