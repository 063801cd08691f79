// Steps on the data of a desk: erasure, retention, evidence, keys, backups and damage.
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Step } from '../../suite/scenario.ts'
import { ask, bytesOf, number, threadBytes } from './desk-steps.ts'
import type { Run, World } from './world.ts'

/** Distance between the bytes that `damage` changes: databases store their content in pages of this size or larger. */
const PAGE = 4096

/** Changes the backup: `cut` removes its last byte, otherwise one bit at `at` (a share of its length) is flipped. */
function spoil(world: World, { cut, at = 0.5 }: Step): void {
  const file = world.path('backup')
  const bytes = readFileSync(file)
  if (cut === true) truncateSync(file, bytes.length - 1)
  else writeFileSync(file, flip(bytes, Math.floor(bytes.length * Number(at))))
}

/** Flips a bit in the middle of every page of the largest file of the desk directory. */
function damage(world: World): void {
  const files = readdirSync(world.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const [largest = ''] = files.sort((a, b) => statSync(b).size - statSync(a).size)
  const bytes = readFileSync(largest)
  for (let at = PAGE + PAGE / 2; at < bytes.length; at += PAGE) flip(bytes, at)
  writeFileSync(largest, bytes)
}

/** Flips a bit in place. */
function flip(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

export const KEEPING_STEPS: Readonly<Record<string, Run>> = {
  spoil,
  damage,
  async erase(world, step) {
    const { thread, reason = 'request', force = false } = step
    const value = { thread: threadBytes(world, thread), reason: String(reason), force: force === true }
    await ask(world, step, { $case: 'erase', value })
  },
  async hold(world, step) {
    const value = { thread: threadBytes(world, step.thread), release: step.release === true }
    await ask(world, step, { $case: 'hold', value })
  },
  async rotate(world, step) {
    await ask(world, step, {
      $case: 'rotateEntity',
      value: { backup: world.path(String(step.backup ?? 'backup')) },
    })
  },
  async 'export-evidence'(world, step) {
    const value = { thread: threadBytes(world, step.thread), sections: step.sections === true }
    await ask(world, step, { $case: 'exportEvidence', value })
  },
  async configure(world, step) {
    const needs = Buffer.concat([bytesOf(step.needs), Buffer.alloc(number(step.spaces), ' ')])
    const value = { directory: world.directory, keepDays: number(step.keepDays), needs }
    await ask(world, step, { $case: 'configure', value })
  },
  async revoke(world, step) {
    const value = { compromised: step.compromised === true, receipt: step.receipt === true }
    await ask(world, step, { $case: 'revoke', value })
  },
}
