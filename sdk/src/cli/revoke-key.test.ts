// Tests of `rex-desk revoke` from end to end, and of its effects on evidence and partners. docs/guide/rex-desk.md, "A key may be known to others"
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runAt } from '../client/tests/harness/command.ts'
import { eventOf, next, type Party, referralOf, withParties } from '../client/tests/harness/parties.ts'
import { parseEntityConfiguration } from '../core/identity/entity.ts'
import { buildReferral } from '../testing/referral.ts'

let hotline: Party
let ngo: Party
const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

/** Sends a referral that the NGO accepts. Returns its id. */
async function accepted(): Promise<string> {
  const { id } = await hotline.desk.send(buildReferral(), { to: ngo.id })
  const { thread } = await next(ngo.desk, referralOf(id))
  await thread.accept()
  await next(hotline.desk, eventOf(id, 'accept'))
  return id
}

/** Returns what the NGO knows about the hotline's message keys. */
const known = async () => {
  const newest = (await ngo.desk.statements([hotline.id])).at(-1) ?? ''
  return parseEntityConfiguration(newest).party.messageKeys.map(({ revoked }) => revoked?.reason ?? 'in use')
}

/** Waits for the next second, because revocations count in whole seconds. */
async function nextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1000)
  const now = second()
  await expect.poll(second).toBeGreaterThan(now)
}

let bundles = 0
async function verified(party: Party, id: string) {
  const file = join(root, `bundle-${++bundles}`)
  expect((await runAt(party, 'export', id, '--out', file)).code).toBe(0)
  const { code, stdout } = await runAt(party, 'verify', file, '--json')
  return { code, ...JSON.parse(stdout) }
}

test('T-150 REX-ID-072 REX-RCP-028 a retired key proves what it signed; a compromised key proves only what others had before', async () => {
  const first = await accepted()
  const retired = await runAt(hotline, 'revoke', '--reason', 'retired', '--yes')
  expect(retired).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Revoked\. The key in use is/) })
  expect(retired.stderr).toContain('stays proven')
  await expect.poll(known).toEqual(['in use', 'superseded'])
  expect(await verified(ngo, first)).toMatchObject({ code: 0, holds: true })

  const second = await accepted()
  await nextSecond()
  const revoked = await runAt(hotline, 'revoke', '--reason', 'compromised', '--yes', '--json')
  expect(revoked.code).toBe(0)
  expect(revoked.stderr).toMatch(/Receipts\s+that\s+it\s+signed\s+no\s+longer\s+prove\s+anything/)
  expect(JSON.parse(revoked.stdout)).toMatchObject({ reason: 'compromised', signedAgain: 0 })
  await expect.poll(known).toEqual(['in use', 'compromised', 'superseded'])
  const third = await accepted()

  expect(await verified(ngo, first)).toMatchObject({ code: 0, holds: true })
  const atNgo = await verified(ngo, second)
  expect(atNgo).toMatchObject({ code: 1, holds: false })
  expect(atNgo.refuted).toContainEqual(
    expect.objectContaining({ path: 'messages[0].manifest', what: 'message' }),
  )
  const atHotline = await verified(hotline, second)
  expect(atHotline.messages.map(({ type }: { type: string }) => type)).toContain('REFER')
  expect(await verified(ngo, third)).toMatchObject({ code: 0, holds: true })
})

test('REX-ID-072 an earlier key can be revoked as compromised; revoke without options lists the keys', async () => {
  const names = async () =>
    (await runAt(hotline, 'revoke', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ of }) => of === undefined)
  const before = await names()
  expect(before.map(({ revoked }) => revoked?.reason)).toEqual([undefined, 'compromised', 'retired'])
  const { key } = before[2]
  expect(
    await runAt(hotline, 'revoke', '--reason', 'compromised', '--message-key', key, '--yes'),
  ).toMatchObject({
    code: 0,
  })
  const after = await names()
  expect(after[0].key).toBe(before[0].key)
  expect(after.find((one) => one.key === key)).toMatchObject({ revoked: { reason: 'compromised' } })
  await expect.poll(known).toEqual(['in use', 'compromised', 'compromised'])
})

test('REX-ID-072 revoke asks first, and refuses a time before the key was made, a time to come and an unknown key', async () => {
  expect(await runAt(hotline, 'revoke', '--reason', 'retired')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody to ask'),
  })
  const refused = async (...words: string[]) =>
    (await runAt(hotline, 'revoke', '--reason', 'compromised', '--yes', ...words)).stderr
  expect(await refused('--since', '2020-01-01')).toContain('before it was made')
  expect(await refused('--since', '2099-01-01')).toContain('in the future')
  expect(await refused('--message-key', 'A'.repeat(43))).toContain('no such message key')
  expect(await refused('--message-key', 'short')).toContain('43 characters')
})
