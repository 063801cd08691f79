// Tests of stop signals, in separate processes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'

const PROGRAM = `
import { onStopSignals } from '${new URL('./stop.ts', import.meta.url)}'
process.stdin.once('end', () => process.exit(0)).resume()
onStopSignals((signal) => console.log(signal), () => process.exit(7))
console.log('ready')
`

/** Starts a process that does not finish until its input ends. */
async function running() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return { child, ended: once(child, 'exit').then(([code]) => code as number) }
}

test('a stop that reaches both the process and its group counts once', async () => {
  const { child, ended } = await running()
  // Both signals arrive before the process can handle either.
  child.kill('SIGSTOP')
  child.kill('SIGTERM')
  child.kill('SIGINT')
  child.kill('SIGCONT')
  const [said] = await once(child.stdout, 'data')
  expect(['SIGTERM\n', 'SIGINT\n']).toContain(`${said}`)
  child.stdin.end()
  expect(await ended).toBe(0)
})

test('a signal that comes more than a second later ends the process at once', async () => {
  const { child, ended } = await running()
  child.kill('SIGTERM')
  await once(child.stdout, 'data')
  await delay(1200)
  child.kill('SIGINT')
  expect(await ended).toBe(7)
})
