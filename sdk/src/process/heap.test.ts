// Tests of the growth of the heap. docs/adr/0014-heap-of-gateway-and-desk.md
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const PROGRAM = `
const { getHeapSpaceStatistics } = await import('node:v8')
const { letHeapGrow } = await import('${new URL('./index.ts', import.meta.url)}')
if (process.argv[1] === 'bounded') letHeapGrow()
let most = 0
let living = []
for (let i = 0; i < 1500; i++) {
  living.push(Array.from({ length: 4000 }, (_, n) => ({ n })))
  if (living.length > 100) living = []
  most = Math.max(most, getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size)
  await new Promise(setImmediate)
}
console.log(most)`

/** Returns the peak size of the young generation in megabytes. */
function youngMB(mode: string): number {
  const flags = [
    '--conditions=@rex/source',
    '--no-warnings',
    '--max-semi-space-size=64',
    '--input-type=module',
  ]
  return Number(execFileSync(process.execPath, [...flags, '-e', PROGRAM, mode], { encoding: 'utf8' })) / 1e6
}

test('the young generation of a command stays small where V8 would let it grow', () => {
  expect(youngMB('bounded')).toBeLessThan(40)
  expect(youngMB('left to V8')).toBeGreaterThan(60)
})

const MARKED = `
const { setFlagsFromString } = await import('node:v8')
const { letHeapGrow } = await import('${new URL('./index.ts', import.meta.url)}')
letHeapGrow()
if (process.argv[1] === 'step by step') setFlagsFromString('--incremental-marking')
let most = 0
const living = []
let buffers = []
for (let i = 0; i < 2000; i++) {
  living.push(Array.from({ length: 4000 }, (_, n) => ({ n })))
  if (living.length > 300) living.splice(0, 100)
  buffers.push(Buffer.allocUnsafeSlow(16384))
  if (buffers.length > 100) buffers = []
  most = Math.max(most, process.memoryUsage().arrayBuffers)
  await new Promise(setImmediate)
}
console.log(most)`

/** Returns the peak memory that buffers take up, in megabytes. At any time, the program still uses at most 1.6 MB of them. */
function buffersMB(marking: string): number {
  const flags = ['--conditions=@rex/source', '--no-warnings', '--single-threaded-gc', '--input-type=module']
  return Number(execFileSync(process.execPath, [...flags, '-e', MARKED, marking], { encoding: 'utf8' })) / 1e6
}

test('buffers are collected while the heap of a command is marked', () => {
  expect(buffersMB('at once')).toBeLessThan(12)
  expect(buffersMB('step by step')).toBeGreaterThan(14)
})

const DOUBLED = `
const { letHeapGrow } = await import('${new URL('./index.ts', import.meta.url)}')
letHeapGrow()
const living = Array.from({ length: 200 }, () => Array.from({ length: 4000 }, (_, n) => ({ n })))
let most = 0
const underway = []
for (let i = 0; i < 1500; i++) {
  underway.push(Array.from({ length: 2000 }, (_, n) => ({ n })))
  if (underway.length > 200) underway.shift()
  most = Math.max(most, process.memoryUsage().heapTotal)
  await new Promise(setImmediate)
}
console.log(most, living.length)`

test('objects that outlived the young generation are collected when the heap has doubled', () => {
  const flags = [
    '--conditions=@rex/source',
    '--no-warnings',
    '--max-semi-space-size=16',
    '--input-type=module',
  ]
  const [most = ''] = execFileSync(process.execPath, [...flags, '-e', DOUBLED], { encoding: 'utf8' }).split(
    ' ',
  )
  expect(Number(most) / 1e6).toBeLessThan(200)
})
