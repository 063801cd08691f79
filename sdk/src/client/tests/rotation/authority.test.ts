// The gateway's authority is replaced while referrals flow, and while partners are away. docs/spec/identity.md, "Change of the authority"
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, startGateway } from '@rex/gateway'
import { RotatedKey } from '@rex/proto/admin/v1/admin'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { expect, test } from 'vitest'
import { toBase64url } from '../../../core/encoding/encoding.ts'
import { parseEntityConfiguration } from '../../../core/identity/entity.ts'
import { buildReferral } from '../../../testing/referral.ts'
import { openLocalChannel } from '../../../transport/calling/channel.ts'
import { createClient } from '../../../transport/calling/client.ts'
import { whileReferralsFlow } from '../harness/flow.ts'
import { next, openAgain, type Party, referralOf, withParties } from '../harness/parties.ts'

let hotline: Party
let ngo: Party
let police: Party
withParties(['hotline', 'ngo', 'police'], (made) => {
  ;[hotline, ngo, police] = made as [Party, Party, Party]
})

/** Changes the authority of the hotline's gateway, as its operator would. */
async function change(anyway = false) {
  const channel = openLocalChannel(hotline.gateway.adminSocket)
  const asked = createClient(AdminServiceDefinition, channel).rotate({ key: RotatedKey.AUTHORITY, anyway })
  return await asked.finally(() => channel.close())
}

/** Returns the authorities of the hotline's gateway that a desk knows: the current one and the next. */
const authoritiesAt = async ({ desk }: Party) => {
  const { authority, nextAuthority } = parseEntityConfiguration(
    (await desk.statements([hotline.id])).at(-1) ?? '',
  ).party.gateway
  return [authority, nextAuthority].map((der) => der && toBase64url(der))
}
const keyFile = (name: string) => join(hotline.directory, 'gateway/keys', name)

async function restart(party: Party): Promise<void> {
  const { address, enrolAddress } = party.gateway
  await party.gateway.drain()
  const config = await readConfig(join(party.directory, 'gateway'))
  party.gateway = await startGateway({ ...config, listen: address, enrolListen: enrolAddress })
}

/** Sends a referral in each direction, and waits until both are received. */
async function reach(party: Party): Promise<void> {
  const mine = await hotline.desk.send(buildReferral(), { to: party.id })
  await next(party.desk, referralOf(mine.id))
  const theirs = await party.desk.send(buildReferral(), { to: hotline.id })
  await next(hotline.desk, referralOf(theirs.id))
}

/** Begins a change, and completes it as soon as every partner knows the next authority. */
async function changed(): Promise<void> {
  const [before] = await authoritiesAt(hotline)
  const { key, done } = await change()
  expect(done).toBe(false)
  let last = await change()
  while (!last.done) {
    await expect.poll(async () => (await authoritiesAt(ngo))[1]).toBeDefined()
    await expect.poll(async () => (await authoritiesAt(police))[1]).toBeDefined()
    last = await change()
  }
  expect(last).toMatchObject({ key, waiting: [] })
  for (const party of [hotline, ngo, police])
    await expect
      .poll(() => authoritiesAt(party))
      .toEqual([expect.not.stringMatching(before ?? ''), undefined])
}

test('REX-ID-079 to REX-ID-082 while referrals flow both ways, the authority changes twice, and no referral is lost, duplicated or refused', async () => {
  await whileReferralsFlow([hotline, ngo], async () => {
    await changed()
    await changed()
  })
  await reach(police)
  // All programs restart from the data on their disks and reconnect.
  await restart(hotline)
  await restart(ngo)
  await hotline.desk[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
  await reach(ngo)
  expect(existsSync(keyFile('authority.next.pem'))).toBe(false)
})

test('REX-ID-082 a partner or desk that does not know the next authority is listed, and keeps its connection', async () => {
  const { address, enrolAddress } = police.gateway
  await police.desk[Symbol.asyncDispose]()
  await police.gateway.drain()
  await hotline.desk[Symbol.asyncDispose]()
  const used = readFileSync(keyFile('authority.pem'), 'utf8')
  expect((await change()).waiting).toEqual([hotline.id, ngo.id, police.id])
  expect(await change()).toMatchObject({ done: false, waiting: [hotline.id, ngo.id, police.id] })
  hotline.desk = await openAgain(hotline.directory)
  await expect.poll(async () => (await authoritiesAt(ngo))[1]).toBeDefined()
  expect(await change()).toMatchObject({ done: false, waiting: [police.id] })
  // A restart during the change must make no difference.
  await restart(hotline)
  expect(readFileSync(keyFile('authority.pem'), 'utf8')).toBe(used)
  await reach(ngo)
  const config = await readConfig(join(police.directory, 'gateway'))
  police.gateway = await startGateway({ ...config, listen: address, enrolListen: enrolAddress })
  police.desk = await openAgain(police.directory)
  await expect.poll(async () => (await change()).done).toBe(true)
  await reach(police)
  await reach(ngo)
})

test('REX-ID-082 a change that is completed anyway cuts off only partners that did not know of it, until a new invite', async () => {
  const { address, enrolAddress } = police.gateway
  await police.desk[Symbol.asyncDispose]()
  await police.gateway.drain()
  expect(await change(true)).toMatchObject({ done: false })
  await expect.poll(async () => (await authoritiesAt(ngo))[1]).toBeDefined()
  expect(await change(true)).toMatchObject({ done: true, waiting: [police.id] })
  await reach(ngo)
  const config = await readConfig(join(police.directory, 'gateway'))
  police.gateway = await startGateway({ ...config, listen: address, enrolListen: enrolAddress })
  police.desk = await openAgain(police.directory)
  const early = await police.desk.send(buildReferral(), { to: hotline.id })
  const [known] = await authoritiesAt(police)
  expect(known).not.toBe((await authoritiesAt(hotline))[0])
  await police.desk.pair((await hotline.desk.invite()).invite)
  await next(hotline.desk, referralOf(early.id))
  await reach(police)
})
