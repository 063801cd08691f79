// `rex-desk rotate entity` from end to end: what becomes of evidence, whoever verifies it. docs/guide/rex-desk.md, "A new entity key"
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  referralOf,
  withParties,
} from '../client/tests/harness/parties.ts'
import { runDesk } from '../testing/harness/commands.ts'
import { buildReferral } from '../testing/referral.ts'

let hotline: Party
let ngo: Party
const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
  writeFileSync(join(root, 'passphrase'), PASSPHRASE, { mode: 0o600 })
})

/** Runs a verb at the desk of a party, which is closed meanwhile. */
async function at(party: Party, ...words: string[]) {
  await party.desk[Symbol.asyncDispose]()
  const where = ['--dir', join(party.directory, 'desk'), '--passphrase-file', join(root, 'passphrase')]
  const ended = await runDesk([...words, ...where])
  party.desk = await openAgain(party.directory)
  return ended
}

const wordsOf = async ({ desk }: Party) => (await desk.invite()).words.join(' ')
const known = async () => (await ngo.desk.peers())[0]?.words.join(' ')

test('REX-RCP-029 evidence from before and after a rotation verifies with the words of then and of now; rotate asks first', async () => {
  const { id } = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await next(ngo.desk, referralOf(id))
  const [old, young, backup] = ['old', 'young', 'backup'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  expect((await at(ngo, 'export', id, '--out', old)).code).toBe(0)
  const before = await wordsOf(hotline)
  expect(await at(hotline, 'rotate', 'entity', '--backup', backup)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody to ask'),
  })
  expect(existsSync(backup)).toBe(false)
  const rotated = await at(hotline, 'rotate', 'entity', '--backup', backup, '--yes', '--json')
  expect(rotated).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/earlier ones\s+cannot be\s+restored/),
  })
  const words = JSON.parse(rotated.stdout).words.join(' ')
  expect(words).toBe(await wordsOf(hotline))
  expect(words).not.toBe(before)
  await expect.poll(known).toBe(words)
  expect((await at(ngo, 'export', id, '--out', young)).code).toBe(0)
  for (const file of [old, young]) {
    expect(await at(ngo, 'verify', file)).toMatchObject({ code: 0 })
    expect(await at(hotline, 'verify', file)).toMatchObject({ code: 0 })
  }
  /** Without a desk: only the file and the words. */
  const offline = async (file: string, said: string) => {
    const theirs = ['--words', `${hotline.id}=${said}`, '--words', `${ngo.id}=${await wordsOf(ngo)}`]
    return (await runDesk(['verify', file, ...theirs, '--dir', join(root, 'none')])).code
  }
  expect(await Promise.all([offline(old, before), offline(young, before), offline(young, words)])).toEqual([
    0, 0, 0,
  ])
  // The old file cannot know the words of later.
  expect(await offline(old, words)).toBe(1)
  const page = join(root, 'page.html')
  expect((await at(ngo, 'verify', young, '--report', page)).code).toBe(0)
})
