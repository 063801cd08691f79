// A message key is replaced while referrals flow and while the desk crashes. docs/spec/identity.md, "Changes of keys"
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toBase64url, toHex } from '../../../core/encoding/encoding.ts'
import { RexError } from '../../../core/error.ts'
import { parseEntityConfiguration } from '../../../core/identity/entity.ts'
import { localSigner } from '../../../core/jose/jose.ts'
import { kid } from '../../../core/jose/key.ts'
import { buildReferral } from '../../../testing/referral.ts'
import { openDesk } from '../../desk.ts'
import { type MailboxLink, openLink } from '../../gateway/link.ts'
import { openKeystore } from '../../keys/keystore.ts'
import { type RotatingKeys, writeRotatingKeys } from '../../keys/rotating-keys.ts'
import { queued } from '../../outbox/queue.ts'
import { Redate } from '../../send/redate.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
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
import { desksInParts } from '../harness/parts.ts'

let hotline: Party
let ngo: Party
withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

/** Returns the hotline's message keys as the NGO knows them. */
const known = async () => {
  const newest = (await ngo.desk.statements([hotline.id])).at(-1) ?? ''
  return parseEntityConfiguration(newest).party.messageKeys
}
const inUse = async () => (await hotline.desk.messageKeys())[0]?.key

test('REX-ID-014 REX-ID-072 while referrals flow, keys are retired three times, and no referral is lost, duplicated or refused', async () => {
  const first = await inUse()
  await whileReferralsFlow([hotline, ngo], async () => {
    for (let i = 0; i < 3; i++) await hotline.desk.revoke({ reason: 'retired' })
  })
  const last = await inUse()
  expect(last).not.toBe(first)
  await expect
    .poll(async () => (await known()).map(({ revoked }) => revoked?.reason))
    .toEqual([undefined, 'superseded', 'superseded', 'superseded'])
  expect((await known()).map(({ jwk }) => kid(jwk))[0]).toBe(last)
})

test('REX-ID-072 a message that waits for the gateway of its recipient arrives, although its key was retired meanwhile', async () => {
  await ngo.gateway.drain()
  const mine = await hotline.desk.send(buildReferral(), { to: ngo.id })
  await hotline.desk.drain()
  await hotline.desk.revoke({ reason: 'retired' })
  await startAgain(ngo)
  await next(ngo.desk, referralOf(mine.id))
})

/**
 * Ends the hotline's desk while it revokes its key: before it asks the gateway to publish the revocation, or before the
 * answer arrives. Then opens the desk again.
 */
async function diesRevoking(when: 'before' | 'after'): Promise<void> {
  await hotline.desk[Symbol.asyncDispose]()
  const directory = join(hotline.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  const link = openLink(keys)
  const reached = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<never>()
  gone.promise.catch(() => {})
  let dead = false
  const publish: MailboxLink['directory']['publish'] = async (...call) => {
    if (!dead) return link.directory.publish(...call)
    if (when === 'after') await link.directory.publish(...call)
    reached.resolve()
    return gone.promise
  }
  const mortal = { ...link, directory: { ...link.directory, publish } }
  const keep = (current: RotatingKeys) => writeRotatingKeys(directory, current, keys.archiveKey)
  const store = openSqliteDeskStore(join(directory, STORE_FILE))
  const desk = await openDesk({ keys, keep, store, link: mortal })
  await desk.caughtUp()
  // Publish the statement now, so that maintenance publishes nothing in the meantime.
  await desk.invite()
  dead = true
  desk.revoke({ reason: 'compromised' }).catch(() => {})
  await reached.promise
  // Nothing may be signed with a key that nobody can verify.
  const early = desk.send(buildReferral(), { to: ngo.id }).catch(() => 'refused')
  gone.reject(new RexError('UNAVAILABLE', 'The process has ended.'))
  expect(await early).toBe('refused')
  await desk[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
}

test.each(['before', 'after'] as const)(
  'T-142 REX-ID-072 a desk that crashes %s the gateway has published a revocation publishes it when it is opened again',
  async (when) => {
    const first = await inUse()
    await diesRevoking(when)
    const mine = await hotline.desk.send(buildReferral(), { to: ngo.id })
    await next(ngo.desk, referralOf(mine.id))
    expect(await inUse()).not.toBe(first)
    await expect
      .poll(async () => (await known()).find(({ jwk }) => kid(jwk) === first)?.revoked?.reason)
      .toBe('compromised')
  },
)

test('REX-ID-072 while the gateway is away, nothing is revoked', async () => {
  const before = await hotline.desk.messageKeys()
  await hotline.gateway.drain()
  await expect(hotline.desk.revoke({ reason: 'compromised' })).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
  })
  expect(await hotline.desk.messageKeys()).toEqual(before)
})

test('REX-ID-072 unsent messages signed with a compromised key are signed again, with all messages that follow them', async () => {
  const [one] = await desksInParts(['hotline', 'ngo'])
  const thread = await one.refer({ to: one.desk.peers.list()[0]?.organisation ?? '' })
  await one.note(thread, one.desk.peers.list()[0]?.organisation ?? '')
  const old = one.desk.signer().key
  const signer = localSigner(new Uint8Array(32).fill(7))
  const ids = () => thread.messages.map(({ manifest }) => toHex(manifest.messageId))
  const [before, queue] = [ids(), [...queued(one.desk.store.read)].length]
  const redate = new Redate({ ...one.desk, signer: () => signer })
  expect(await redate.leaveKeys(new Set(['another key']))).toBe(0)
  expect(await redate.leaveKeys(new Set([kid(old)]))).toBe(2)
  const { messages } = one.desk.threads.open(thread.id)
  expect(messages.map(({ manifest }) => toHex(manifest.messageId))).toEqual(before)
  expect(messages.map(({ manifest }) => toBase64url(manifest.senderKey))).toEqual([
    kid(signer.key),
    kid(signer.key),
  ])
  expect([...queued(one.desk.store.read)]).toHaveLength(queue)
})
