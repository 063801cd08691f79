// The desk keeps every statement that evidence needs, so that evidence outlives keys and pairings. docs/spec/receipts.md, REX-RCP-020
import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { verifyInvite } from '../../core/identity/invite.ts'
import type { Ed25519PublicJwk } from '../../core/jose/key.ts'
import { examineEvidence, verifyEvidence } from '../../core/receipt/evidence.ts'
import { buildReferral } from '../../testing/referral.ts'
import { changeKeys, eventOf, next, type Party, referralOf, withParties } from '../tests/harness/parties.ts'

let hotline: Party
let ngo: Party
withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const keys = new Map<string, Ed25519PublicJwk>()
const pins = (organisation: string) => keys.get(organisation)

beforeEach(async () => {
  for (const { id, desk } of [hotline, ngo])
    keys.set(id, (await verifyInvite((await desk.invite()).invite, Date.now())).configuration.entityKey)
})

test('T-150 REX-RCP-020 a bundle contains the statements of replaced keys and the newest one, even after the pairing has ended', async () => {
  const sent = await hotline.desk.send(buildReferral(), { to: ngo.id })
  const { thread: theirs } = await next(ngo.desk, referralOf(sent.id))
  await theirs.accept({ reference: 'N-1' })
  await next(hotline.desk, eventOf(sent.id, 'accept'))
  await changeKeys(hotline, () => ({ messageSeed: randomBytes(32) }))
  await ngo.desk.pair((await hotline.desk.invite()).invite)
  const thread = await hotline.desk.thread(sent.id)
  await thread.note({ text: 'a note under the new key' })
  await next(ngo.desk, eventOf(sent.id, 'note'))

  for (const { desk } of [hotline, ngo]) {
    const { messages, known } = await verifyEvidence(await (await desk.thread(sent.id)).export(), pins)
    expect(messages.map(({ type }) => type)).toEqual(['REFER', 'ACCEPT', 'NOTE'])
    const [newest = 0, before = 0] = (await desk.statements([hotline.id])).map(issuedMs).toReversed()
    expect(newest).toBeGreaterThan(before)
    expect(known).toContainEqual(expect.objectContaining({ organisation: hotline.id, newestMs: newest }))
  }

  await ngo.desk.unpair(hotline.id)
  const bundle = await (await ngo.desk.thread(sent.id)).export()
  expect((await examineEvidence(bundle, pins)).messages).toHaveLength(3)
})

test('REX-RCP-020 the desk has no statements of organisations that it never met', async () => {
  expect(await hotline.desk.statements(['https://police.example'])).toEqual([])
  await expect(hotline.desk.statements(['not an organisation'])).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
  })
})

function issuedMs(jwt: string): number {
  const [, claims = ''] = jwt.split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).iat * 1000
}
