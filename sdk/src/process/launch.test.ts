// Tests of the Node releases under which the commands run. docs/guide/gateway.md, "Running"
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runs } from '../../bin/launch.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const COMMANDS = ['sdk/bin/rex-desk.js', 'gateway/bin/rex-gateway.js']

test.each([
  ['10.24.1', false],
  ['20.20.2', false],
  ['22.23.0', false],
  ['24.16.9', false],
  ['24.17.0', true],
  ['24.21.0', true],
  ['25.9.0', false],
  ['26.3.0', false],
  ['26.3.1', true],
  ['27.0.0', true],
])('Node %s runs: %s', (version, expected) => expect(runs(version)).toBe(expected))

test('the packages name the same releases', () => {
  for (const path of ['', 'proto', 'sdk', 'gateway', 'examples', 'bench']) {
    const { engines } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'))
    expect({ path, ...engines }).toEqual({ path, node: '^24.17.0 || >=26.3.1' })
  }
})

const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((directory) => join(directory, 'node'))
  .find((path) => existsSync(path) && !runs(versionOf(path)))

describe.skipIf(oldNode === undefined)('an old Node', () => {
  test.each(COMMANDS)('%s says one sentence', (command) => {
    const { status, stdout, stderr } = spawnSync(oldNode as string, [join(ROOT, command), '--help'], {
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^rex-(?:desk|gateway): Node [\d.]+ cannot run this; install Node 24[^\n]*\.\n$/)
  })
})

test('importing the packages warns of nothing', () => {
  const script = "await import('@rex/sdk'); await import('@rex/sdk/core'); await import('@rex/gateway')"
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@rex/source', '--input-type=module', '-e', script],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env.PATH } },
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

function versionOf(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim().replace('v', '')
}
