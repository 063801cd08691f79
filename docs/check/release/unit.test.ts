// The systemd unit that @rex/sdk ships is valid and hardened. docs/guide/service.md, "Running"
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/**
 * Highest exposure that is allowed, as measured by `systemd-analyze security`, from 0 (best) to 10. It cannot be lower,
 * because the service needs the network, and V8 generates code while it runs.
 */
const MOST_EXPOSED = 1.5

const SOURCE = new URL('../../../sdk/systemd/rex-desk.service', import.meta.url)
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test.runIf(hasSystemd)('systemd finds no fault in the unit, and rates its exposure as low', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rex-unit-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'rex-desk.service')
  // The program need not be installed on this machine.
  const unit = readFileSync(SOURCE, 'utf8').replace('/usr/bin/node', process.execPath)
  writeFileSync(file, unit)
  const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  expect(verified).toMatchObject({ status: 0, stderr: '' })
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=yes', file], { encoding: 'utf8' })
  const [, exposure] = /exposure level for rex-desk.service: ([\d.]+)/.exec(stdout) ?? []
  expect(Number(exposure)).toBeLessThanOrEqual(MOST_EXPOSED)
  expect(readFileSync(new URL('../../guide/service.md', import.meta.url), 'utf8')).toContain(
    'systemd/rex-desk.service',
  )
})
