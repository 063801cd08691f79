// Location of third-party test vectors, and the behaviour of tests if the vectors are missing.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
/**
 * `REX_VECTORS` is the path of the folder with the vectors, relative to the root of the repository, or `none`. The vectors are required if it names a
 * folder, and in CI.
 */
const { CI, REX_VECTORS } = process.env
const FOLDER = resolve(ROOT, REX_VECTORS || '../shared/vectors')
const REQUIRED = REX_VECTORS === undefined ? Boolean(CI) : REX_VECTORS !== 'none'

/** Reads a vector file as text. */
export function readVectors(file: string): string {
  return readFileSync(resolve(FOLDER, file), 'utf8')
}

/** Defines tests that need vectors. If the vectors are missing, the tests fail if vectors are required; otherwise they are skipped with a message. */
export function describeVectors(name: string, tests: () => void): void {
  if (existsSync(FOLDER)) describe(name, tests)
  else if (REQUIRED) test(name, () => expect.fail(`There are no vectors at ${FOLDER}; see CONTRIBUTING.`))
  else skip(name, tests)
}

function skip(name: string, tests: () => void): void {
  console.warn(`SKIPPED: ${name}. There are no vectors at ${FOLDER}.`)
  describe.skip(name, tests)
}
