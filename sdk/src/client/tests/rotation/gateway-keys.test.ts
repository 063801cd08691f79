// The keys of the gateway and of the desk connection are replaced while referrals flow. docs/guide/gateway.md, "Keys that change"
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RotatedKey } from '@rex/proto/admin/v1/admin'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { expect, test } from 'vitest'
import type { RexError } from '../../../core/error.ts'
import { parseEntityConfiguration } from '../../../core/identity/entity.ts'
import { kid } from '../../../core/jose/key.ts'
import { examineEvidence } from '../../../core/receipt/evidence.ts'
import { buildReferral } from '../../../testing/referral.ts'
import { openLocalChannel } from '../../../transport/calling/channel.ts'
import { createClient } from '../../../transport/calling/client.ts'
import { enrolDesk } from '../../recovery/restore.ts'
import { whileReferralsFlow } from '../harness/flow.ts'
import {
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  referralOf,
  startAgain,
  withParties,
} from '../harness/parties.ts'

const DAY = 24 * 60 * 60_000

let hotline: Party
let ngo: Party
withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

/** Sends an admin request to the NGO's gateway, as its operator would. */
async function operator<T>(
  ask: (gateway: ReturnType<typeof createClient<typeof AdminServiceDefinition>>) => Promise<T>,
) {
  const channel = openLocalChannel(ngo.gateway.adminSocket)
  return await ask(createClient(AdminServiceDefinition, channel)).finally(() => channel.close())
}
const rotate = async (key: RotatedKey) =>
  (await operator((gateway) => gateway.rotate({ key, anyway: false }))).key

/** Returns the NGO's receipt keys as a desk knows them: each name, and whether it is revoked. */
const receiptKeysAt = async ({ desk }: Party) => {
  const newest = (await desk.statements([ngo.id])).at(-1) ?? ''
  const { receiptKeys } = parseEntityConfiguration(newest).party.gateway
  return receiptKeys.map(({ jwk, revoked }) => `${kid(jwk)} ${revoked?.reason ?? 'in use'}`)
}
const keyFile = (name: string) => readFileSync(join(ngo.directory, 'gateway/keys', name), 'utf8')

async function restartGateway(meanwhile = () => {}): Promise<void> {
  await ngo.gateway.drain()
  meanwhile()
  await startAgain(ngo)
}

test('REX-ID-074 while referrals flow, the keys of receipts and certificate are replaced, and no referral is lost, duplicated, refused or raises an alarm', async () => {
  const [old] = await receiptKeysAt(ngo)
  const [receipt, certificate] = [keyFile('receipt.key'), keyFile('gateway.key')]
  let key = ''
  await whileReferralsFlow([hotline, ngo], async () => {
    key = await rotate(RotatedKey.RECEIPT)
    await expect.poll(() => receiptKeysAt(ngo)).toContain(`${key} in use`)
    await expect.poll(() => keyFile('receipt.key')).not.toBe(receipt)
    await rotate(RotatedKey.CERTIFICATE)
  })
  expect(keyFile('gateway.key')).not.toBe(certificate)
  const both = [`${key} in use`, String(old).replace('in use', 'superseded')]
  expect(await receiptKeysAt(ngo)).toEqual(both)
  await expect.poll(() => receiptKeysAt(hotline)).toEqual(both)
  await restartGateway()
  const mine = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await next(ngo.desk, referralOf(mine.id))
})

test('REX-ID-074 a gateway whose desk is away continues with the old receipt key, even after a restart, and makes one next key', async () => {
  await ngo.desk[Symbol.asyncDispose]()
  const used = keyFile('receipt.key')
  const key = await rotate(RotatedKey.RECEIPT)
  expect(await rotate(RotatedKey.RECEIPT)).toBe(key)
  await restartGateway()
  expect(keyFile('receipt.key')).toBe(used)
  const mine = await hotline.desk.send(buildReferral(), { to: ngo.id })
  const states = async () => (await mine.view()).delivery.map(({ state }) => state)
  await expect.poll(states).toEqual(['stored'])
  ngo.desk = await openAgain(ngo.directory)
  await next(ngo.desk, referralOf(mine.id))
  await expect.poll(() => keyFile('receipt.key')).not.toBe(used)
  await expect.poll(async () => (await receiptKeysAt(hotline))[0]).toBe(`${key} in use`)
})

test('REX-ID-074 a gateway restored with a superseded receipt key makes a new key, and the superseded key stays revoked', async () => {
  const [directory, copy] = [join(ngo.directory, 'gateway'), join(ngo.directory, 'copy')]
  await restartGateway(() => cpSync(directory, copy, { recursive: true }))
  const old = keyFile('receipt.key')
  const [before] = await receiptKeysAt(ngo)
  const key = await rotate(RotatedKey.RECEIPT)
  await expect.poll(() => keyFile('receipt.key')).not.toBe(old)
  // The desk stores its statement only once the gateway has answered.
  await expect.poll(() => receiptKeysAt(ngo)).toContain(`${key} in use`)
  await restartGateway(() => {
    rmSync(directory, { recursive: true })
    renameSync(copy, directory)
  })
  const revoked = [key, String(before).split(' ')[0]].map((name) => `${name} superseded`)
  await expect.poll(async () => (await receiptKeysAt(ngo)).slice(1, 3)).toEqual(revoked)
  expect((await receiptKeysAt(ngo))[0]).toMatch(/ in use$/)
  await expect.poll(() => keyFile('receipt.key')).not.toBe(old)
  const mine = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await next(ngo.desk, referralOf(mine.id))
})

test('REX-ID-084 T-155 the desk revokes a compromised receipt key; if it is in use, the gateway makes a new key; its receipts are refuted', async () => {
  const mine = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await next(ngo.desk, referralOf(mine.id))
  await expect.poll(async () => (await mine.view()).delivery.map(({ state }) => state)).toEqual(['received'])
  const [current] = await ngo.desk.receiptKeys()
  const receiptKey = current?.key ?? ''
  await expect(ngo.desk.revoke({ reason: 'retired', receiptKey })).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    hint: expect.stringContaining('rex-gateway rotate receipt'),
  })
  const used = keyFile('receipt.key')
  await ngo.desk.revoke({ reason: 'compromised', receiptKey })
  await expect.poll(() => keyFile('receipt.key')).not.toBe(used)
  await expect.poll(() => receiptKeysAt(hotline)).toContain(`${receiptKey} compromised`)
  await expect.poll(async () => (await receiptKeysAt(hotline))[0]).toMatch(/ in use$/)
  const bundle = await mine.export()
  const keys = await entityKeys()
  const statements = await hotline.desk.statements([hotline.id, ngo.id])
  const { refuted, messages } = await examineEvidence(bundle, (id) => keys.get(id), { statements })
  expect(refuted.map(({ what, kid: by }) => `${what} ${by}`)).toEqual([`stored receipt ${receiptKey}`])
  expect(messages).toHaveLength(1)
  const again = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await next(ngo.desk, referralOf(again.id))
})

/** Returns the entity keys that the hotline's desk has stored. */
async function entityKeys() {
  const statements = await hotline.desk.statements([hotline.id, ngo.id])
  return new Map(statements.map(parseEntityConfiguration).map((one) => [one.organisation, one.entityKey]))
}

test('a desk gets a new certificate key with a token; the old credential is revoked, and mail that arrived meanwhile is received once', async () => {
  const before = (await ngo.desk.health()).credential
  await ngo.desk[Symbol.asyncDispose]()
  const first = await hotline.desk.send(buildReferral(), { to: ngo.id })
  const { token } = await ngo.gateway.createToken()
  await enrolDesk({ directory: join(ngo.directory, 'desk'), passphrase: PASSPHRASE, token })
  await operator((gateway) => gateway.revokeDesk({ credential: before }))
  ngo.desk = await openAgain(ngo.directory)
  await next(ngo.desk, referralOf(first.id))
  expect((await ngo.desk.health()).credential).not.toBe(before)
  const second = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await next(ngo.desk, referralOf(second.id))
})

test('REX-ID-083 a receipt key is not replaced while the statement has no room for another, and the desk continues to work', async () => {
  const superseded = async () => (await receiptKeysAt(ngo)).filter((key) => key.endsWith('superseded')).length
  while ((await superseded()) < 14) {
    const used = keyFile('receipt.key')
    const key = await rotate(RotatedKey.RECEIPT)
    await expect.poll(() => keyFile('receipt.key')).not.toBe(used)
    await expect.poll(() => receiptKeysAt(ngo)).toContain(`${key} in use`)
  }
  const used = keyFile('receipt.key')
  const refused = await rotate(RotatedKey.RECEIPT).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(refused).toMatchObject({
    reason: 'QUOTA_EXCEEDED',
    message: expect.stringMatching(/can be replaced again from 20\d\d-\d\d-\d\d \d\d:\d\d UTC/),
    metadata: { retry_after_ms: expect.stringMatching(/^\d+$/) },
  })
  const waitMs = Number((refused as RexError).metadata.retry_after_ms)
  expect(waitMs).toBeGreaterThan(13 * DAY)
  expect(waitMs).toBeLessThanOrEqual(14 * DAY + 600_000)
  expect(keyFile('receipt.key')).toBe(used)
  await ngo.desk.revoke({ reason: 'retired' })
})
