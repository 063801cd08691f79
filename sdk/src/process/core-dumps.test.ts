// Tests of the content of core dumps. docs/guide/gateway.md, "Running"
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { coreDumpWarning } from './core-dumps.ts'

const MODULE = new URL('./core-dumps.ts', import.meta.url).href
const SECRET = 'secret of the desk'
const CRASH = `const { keepOutOfCoreDumps } = await import('${MODULE}')
if (process.argv[1] === 'kept') keepOutOfCoreDumps()
globalThis.key = Buffer.from('${SECRET.toUpperCase()}'.toLowerCase())
process.abort()`

test('T-151 a core dump limit other than 0 is reported', () => {
  const limits = (soft: string) =>
    `Limit   Soft Limit   Hard Limit   Units\nMax core file size        ${soft}    unlimited   bytes\n`
  expect(coreDumpWarning(limits('0'))).toBeUndefined()
  expect(coreDumpWarning(limits('unlimited'))).toContain('LimitCORE=0')
  expect(coreDumpWarning(limits('1048576'))).toContain('1048576')
  expect(coreDumpWarning('')).toBeUndefined()
})

/** Whether this computer writes core dumps into the working directory, which is the kernel's default. */
const seesDumps =
  process.platform === 'linux' && readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() === 'core'

test.skipIf(!seesDumps)('T-151 a core dump contains no memory', async () => {
  const dumped = async (mode: string) => {
    const directory = await mkdtemp(join(tmpdir(), 'rex-core-'))
    const command = `ulimit -c unlimited && exec "$0" --input-type=module -e "$1" ${mode}`
    spawnSync('bash', ['-c', command, process.execPath, CRASH], { cwd: directory })
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)))
    rmSync(directory, { recursive: true })
    return files.some((file) => file.includes(SECRET))
  }
  expect(await dumped('left')).toBe(true)
  expect(await dumped('kept')).toBe(false)
})
