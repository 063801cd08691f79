// The entity key is replaced while referrals flow, while partners are away and while the desk crashes. docs/spec/identity.md, "Rotation of the entity
// key"
import { existsSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, startGateway } from '@rex/gateway'
import { expect, test } from 'vitest'
import { startDesk } from '../../../testing/harness/commands.ts'
import { buildReferral } from '../../../testing/referral.ts'
import { restoreDesk } from '../../recovery/restore.ts'
import { whileReferralsFlow } from '../harness/flow.ts'
import { next, openAgain, PASSPHRASE, type Party, referralOf, withParties } from '../harness/parties.ts'

let hotline: Party
let ngo: Party
let police: Party
const root = withParties(['hotline', 'ngo', 'police'], (made) => {
  ;[hotline, ngo, police] = made as [Party, Party, Party]
  writeFileSync(join(root, 'passphrase'), PASSPHRASE, { mode: 0o600 })
})

let files = 0
const fresh = () => join(root, `backup-${++files}`)
const rotate = async (file = fresh()) => ({
  file,
  ...(await hotline.desk.rotateEntity({ backup: { file } })),
})
/** Returns the hotline's six words: from the hotline itself, and as a partner sees them. */
const ownWords = async () => (await hotline.desk.invite()).words.join(' ')
const wordsAt = async ({ desk }: Party) =>
  (await desk.peers()).find(({ organisation }) => organisation === hotline.id)?.words.join(' ')
const deskOf = ({ directory }: Party) => join(directory, 'desk')

/** Closes the desk and gateway of a party. Returns a function that starts them again. */
async function away(party: Party): Promise<() => Promise<void>> {
  const { address, enrolAddress } = party.gateway
  await party.desk[Symbol.asyncDispose]()
  await party.gateway.drain()
  return async () => {
    const config = await readConfig(join(party.directory, 'gateway'))
    party.gateway = await startGateway({ ...config, listen: address, enrolListen: enrolAddress })
    party.desk = await openAgain(party.directory)
  }
}

/** Sends a referral in each direction, and waits until both are received. */
async function reach(party: Party): Promise<void> {
  const mine = await hotline.desk.send(buildReferral(), { to: party.id })
  await next(party.desk, referralOf(mine.id))
  const theirs = await party.desk.send(buildReferral(), { to: hotline.id })
  await next(hotline.desk, referralOf(theirs.id))
}

test('REX-ID-076 REX-ID-077 while referrals flow both ways, the key is replaced twice: no referral is lost, duplicated or refused, and partners follow', async () => {
  const before = await ownWords()
  const [first, second] = [fresh(), fresh()]
  await whileReferralsFlow([hotline, ngo], async () => {
    expect((await rotate(first)).earlier.join(' ')).toBe(before)
    await rotate(second)
  })
  const words = await ownWords()
  expect(words).not.toBe(before)
  await expect.poll(() => wordsAt(ngo)).toBe(words)
  await expect.poll(() => wordsAt(police)).toBe(words)
  expect([existsSync(first), existsSync(second)]).toEqual([true, true])
  await hotline.desk[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
  expect(await ownWords()).toBe(words)
  await reach(ngo)
})

test('REX-ID-076 a partner that is away during two rotations follows when it is back, in both directions', async () => {
  const back = await away(police)
  const before = await ownWords()
  await rotate()
  await rotate()
  await back()
  expect(await wordsAt(police)).toBe(before)
  await reach(police)
  await expect.poll(() => wordsAt(police)).toBe(await ownWords())
})

test('REX-ID-041 REX-ID-076 an invite from before a rotation changes nothing for a partner, and pairs a new partner, which follows', async () => {
  const { invite } = await hotline.desk.invite()
  const { words } = await rotate()
  await expect.poll(() => wordsAt(ngo)).toBe(words.join(' '))
  expect((await ngo.desk.pair(invite)).words).toEqual(words)
  await police.desk.unpair(hotline.id)
  expect((await police.desk.pair(invite)).words).not.toEqual(words)
  await reach(police)
  await expect.poll(() => wordsAt(police)).toBe(words.join(' '))
  // A partner who missed the rotation accepts an invite under the new key.
  const back = await away(police)
  await rotate()
  const later = await hotline.desk.invite()
  await back()
  expect((await police.desk.pair(later.invite)).words).toEqual(later.words)
})

/** Runs `rex-desk rotate entity` as a process and kills it as soon as a file of this name appears or changes. */
async function killedAt(name: string, file: string): Promise<void> {
  await hotline.desk[Symbol.asyncDispose]()
  const [directory, keystore] = [
    deskOf(hotline),
    () => readFileSync(join(deskOf(hotline), 'keystore.json'), 'utf8'),
  ]
  const before = keystore()
  const where = ['--dir', directory, '--passphrase-file', join(root, 'passphrase')]
  const { child, ended } = startDesk(['rotate', 'entity', '--backup', file, '--yes', ...where])
  const isReached = (changed: string | null) =>
    name === 'keystore.json' ? keystore() !== before : (changed?.includes(name) ?? false)
  const watching = [directory, root].map((folder) =>
    watch(folder, (_, changed) => isReached(changed) && child.kill('SIGKILL')),
  )
  await ended
  for (const one of watching) one.close()
  hotline.desk = await openAgain(hotline.directory)
}

test.each(['backup-', 'keystore.json.new', 'keystore.json'])(
  'T-142 REX-ID-077 a desk that is killed when %s appears has the old key or the new key, and both sides continue',
  async (name) => {
    const before = await ownWords()
    await killedAt(name, fresh())
    const words = await ownWords()
    if (name === 'backup-') expect(words).toBe(before)
    await reach(ngo)
    await expect.poll(() => wordsAt(ngo)).toBe(words)
    // The next rotation succeeds, too.
    const again = await rotate()
    await expect.poll(() => wordsAt(ngo)).toBe(again.words.join(' '))
  },
)

test('T-142 REX-ID-077 while the gateway is away or the backup cannot be made, nothing is replaced', async () => {
  const before = await ownWords()
  const taken = fresh()
  writeFileSync(taken, '')
  await expect(rotate(taken)).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
  await expect(rotate(join(root, 'none', 'file'))).rejects.toMatchObject({ reason: 'CONFIG_INVALID' })
  const { address, enrolAddress } = hotline.gateway
  await hotline.gateway.drain()
  await expect(rotate()).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
  const config = await readConfig(join(hotline.directory, 'gateway'))
  hotline.gateway = await startGateway({ ...config, listen: address, enrolListen: enrolAddress })
  await hotline.desk[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
  expect(await ownWords()).toBe(before)
})

const restored = async (party: Party, backup: string) => {
  const { token } = await party.gateway.createToken()
  await restoreDesk({ directory: deskOf(party), passphrase: PASSPHRASE, token, backup })
  party.desk = await openAgain(party.directory)
}

test('REX-ID-077 REX-MBX-081 a backup from before a rotation is refused with advice; the backup that the rotation made is restored', async () => {
  const old = fresh()
  await hotline.desk.backup({ file: old })
  const { file, words } = await rotate()
  await hotline.desk[Symbol.asyncDispose]()
  rmSync(deskOf(hotline), { recursive: true })
  await expect(restored(hotline, old)).rejects.toMatchObject({
    reason: 'STATEMENT_INVALID',
    message: expect.stringContaining('has replaced the entity key of this desk'),
  })
  expect(existsSync(deskOf(hotline))).toBe(false)
  await restored(hotline, file)
  expect(await ownWords()).toBe(words.join(' '))
  await reach(ngo)
})

test('T-154 REX-ID-077 a copy of the desk from before a rotation reports that, with the remedy', async () => {
  const keystore = join(deskOf(hotline), 'keystore.json')
  const old = readFileSync(keystore)
  await rotate()
  await hotline.desk[Symbol.asyncDispose]()
  const newer = readFileSync(keystore)
  writeFileSync(keystore, old)
  hotline.desk = await openAgain(hotline.directory)
  await expect
    .poll(async () => (await hotline.desk.health()).problems)
    .toContainEqual({
      code: 'statement-unpublished',
      severity: 'critical',
      message: expect.stringMatching(/STATEMENT_ROLLBACK.* restore the backup that was made with the new/),
    })
  await hotline.desk[Symbol.asyncDispose]()
  writeFileSync(keystore, newer)
  hotline.desk = await openAgain(hotline.directory)
  await reach(ngo)
})

test('REX-ID-077 a desk restored from a backup whose rotation was never published publishes it', async () => {
  const file = fresh()
  await killedAt('keystore.json', file)
  await hotline.desk[Symbol.asyncDispose]()
  rmSync(deskOf(hotline), { recursive: true })
  await restored(hotline, file)
  const words = await ownWords()
  await expect.poll(() => wordsAt(ngo)).toBe(words)
  await reach(ngo)
})

test('REX-ID-076 a partner that is restored from before the rotation follows again', async () => {
  const file = fresh()
  await ngo.desk.backup({ file })
  const { words } = await rotate()
  await expect.poll(() => wordsAt(ngo)).toBe(words.join(' '))
  await ngo.desk[Symbol.asyncDispose]()
  renameSync(deskOf(ngo), join(ngo.directory, 'lost'))
  await restored(ngo, file)
  await reach(ngo)
  await expect.poll(() => wordsAt(ngo)).toBe(words.join(' '))
})
