// Tests of stop signals, in processes of their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

const PROGRAM = `
import { onStopSignals } from '${new URL('./stop.ts', import.meta.url)}'
const finish = setTimeout(() => process.exit(0), 2500)
onStopSignals((signal) => console.log(signal), () => process.exit(7))
console.log('ready')
`

/** The exit code of a process that gets the signals, `gapMs` apart, and needs 2.5 s to finish. */
async function codeAfter(gapMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  await once(child.stdout, 'data')
  setTimeout(() => child.kill('SIGINT'), gapMs)
  const [code] = await once(child, 'exit')
  return code
}

test('one stop that reaches the process and its group is one stop; a later signal ends it at once', async () => {
  expect(await Promise.all([codeAfter(0), codeAfter(1200)])).toEqual([0, 7])
})
