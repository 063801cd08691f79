// Tests of off-heap buffer memory. docs/adr/0026-buffers-are-given-back.md
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const PROGRAM = `
const { letHeapGrow } = await import('${new URL('./index.ts', import.meta.url)}')
const { notePassed } = await import('${new URL('../transport/limits/traffic.ts', import.meta.url)}')
if (process.argv[1] === 'collecting') letHeapGrow()
let most = 0
for (let i = 0; i < 2000; i++) {
  const read = Buffer.allocUnsafeSlow(65536)
  notePassed(read.length)
  most = Math.max(most, process.memoryUsage().arrayBuffers)
  if (i % 10 === 0) await new Promise(setImmediate)
}
console.log(most)`

/** Returns the peak memory of unreachable buffers while 131 MB pass through, in megabytes. */
function peakMB(mode: string): number {
  const flags = ['--conditions=@rex/source', '--no-warnings', '--single-threaded-gc', '--input-type=module']
  return Number(execFileSync(process.execPath, [...flags, '-e', PROGRAM, mode], { encoding: 'utf8' })) / 1e6
}

test('T-129 buffers are collected as data passes, not when 64 MB have gathered', () => {
  expect(peakMB('collecting')).toBeLessThan(16)
  expect(peakMB('left to V8')).toBeGreaterThan(32)
})
