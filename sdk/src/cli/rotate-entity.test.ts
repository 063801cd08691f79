// Tests of `rex-desk rotate entity` from end to end, with its effects on evidence for every verifier. docs/guide/rex-desk.md, "A new entity key"
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runAt } from '../client/tests/harness/command.ts'
import { next, type Party, referralOf, withParties } from '../client/tests/harness/parties.ts'
import { runDesk } from '../testing/harness/commands.ts'
import { buildReferral } from '../testing/referral.ts'

let hotline: Party
let ngo: Party
const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const wordsOf = async ({ desk }: Party) => (await desk.invite()).words.join(' ')
const known = async () => (await ngo.desk.peers())[0]?.words.join(' ')

test('REX-RCP-029 evidence from before and after a rotation verifies with the old and the new words; rotate asks first', async () => {
  const { id } = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await next(ngo.desk, referralOf(id))
  const [old, young, backup] = ['old', 'young', 'backup'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  expect((await runAt(ngo, 'export', id, '--out', old)).code).toBe(0)
  const before = await wordsOf(hotline)
  expect(await runAt(hotline, 'rotate', 'entity', '--backup', backup)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody to ask'),
  })
  expect(existsSync(backup)).toBe(false)
  const rotated = await runAt(hotline, 'rotate', 'entity', '--backup', backup, '--yes', '--json')
  expect(rotated).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/earlier ones\s+cannot be\s+restored/),
  })
  const words = JSON.parse(rotated.stdout).words.join(' ')
  expect(words).toBe(await wordsOf(hotline))
  expect(words).not.toBe(before)
  await expect.poll(known).toBe(words)
  expect((await runAt(ngo, 'export', id, '--out', young)).code).toBe(0)
  for (const file of [old, young]) {
    expect(await runAt(ngo, 'verify', file)).toMatchObject({ code: 0 })
    expect(await runAt(hotline, 'verify', file)).toMatchObject({ code: 0 })
  }
  /** Verifies without a desk, with only the file and the words. */
  const offline = async (file: string, said: string) => {
    const theirs = ['--words', `${hotline.id}=${said}`, '--words', `${ngo.id}=${await wordsOf(ngo)}`]
    return (await runDesk(['verify', file, ...theirs, '--dir', join(root, 'none')])).code
  }
  expect(await Promise.all([offline(old, before), offline(young, before), offline(young, words)])).toEqual([
    0, 0, 0,
  ])
  // The old file was made before the rotation, so it does not contain the key to which the new words belong.
  expect(await offline(old, words)).toBe(1)
  const page = join(root, 'page.html')
  expect((await runAt(ngo, 'verify', young, '--report', page)).code).toBe(0)
})
