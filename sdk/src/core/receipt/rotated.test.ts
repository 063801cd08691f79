// Tests of evidence of organisations whose entity key was rotated. docs/spec/receipts.md, REX-RCP-029
import { beforeAll, expect, test } from 'vitest'
import { testSeed } from '../../testing/parties/party.ts'
import { parseEntityConfiguration, signEntityConfiguration } from '../identity/entity.ts'
import { parseRotation, signRotation } from '../identity/rotation.ts'
import { localSigner } from '../jose/jose.ts'
import type { Ed25519PublicJwk, Signer } from '../jose/key.ts'
import { encodeEvidence, verifyEvidence } from './evidence.ts'
import { type Exchange, exchange } from './fixture.ts'
import { signingKeysOf, statementsFor } from './statements.ts'

const DAY = 24 * 60 * 60_000
const [second, third, thief] = ['second', 'third', 'thief'].map((use) =>
  localSigner(testSeed('hotline', use)),
) as [Signer, Signer, Signer]

let made: Exchange
/** The hotline's statements, signed with its first, second and third entity key. */
let statements: [string, string, string]
let toSecond: string
beforeAll(async () => {
  made = await exchange()
  const { organisation, entity, configuration } = made.hotline
  const rotated = (from: Signer, to: Signer, later: number) =>
    signRotation({ organisation, to: to.key, rotatedMs: configuration.issuedMs + later }, from)
  toSecond = await rotated(entity, second, 400 * DAY)
  const toThird = await rotated(second, third, 800 * DAY)
  statements = [
    configuration.jwt,
    await statement(second, [toSecond], 400 * DAY),
    await statement(third, [toSecond, toThird], 800 * DAY),
  ]
})

/** Signs a statement of the hotline with the same message keys, dated `later` milliseconds after NOW. */
const statement = (signer: Signer, rotations: readonly string[], later: number) => {
  const { configuration } = made.hotline
  const issuedMs = configuration.issuedMs + later
  return signEntityConfiguration(
    { ...configuration, issuedMs, expiresMs: issuedMs + DAY, rotations: rotations.map(parseRotation) },
    signer,
  )
}
const bundleWith = async (...own: string[]) => {
  const parts = await made.evidence()
  return encodeEvidence({ ...parts, entityConfigurations: [...own, made.ngo.configuration.jwt] })
}
const pins = (hotline: Ed25519PublicJwk) => (organisation: string) =>
  organisation === made.hotline.organisation ? hotline : made.pins(organisation)

test('REX-RCP-029 evidence signed under an earlier entity key verifies with the first, second and third key, from the bundle alone', async () => {
  const [first, , newest] = statements
  const bundle = await bundleWith(first, newest)
  for (const { key } of [made.hotline.entity, second, third])
    expect((await verifyEvidence(bundle, pins(key))).messages).toHaveLength(1)
})

test('REX-RCP-029 an old bundle verifies with the current key if the verifier has a statement that leads to it', async () => {
  const bundle = await bundleWith(statements[0])
  await expect(verifyEvidence(bundle, pins(third.key))).rejects.toMatchObject({ reason: 'EVIDENCE_INVALID' })
  const known = { statements: [statements[2]] }
  expect((await verifyEvidence(bundle, pins(third.key), known)).messages).toHaveLength(1)
})

test('REX-RCP-029 a key that only claims to precede or succeed a key of the organisation is refused', async () => {
  const { organisation, configuration } = made.hotline
  const claim = { organisation, rotatedMs: configuration.issuedMs }
  const fromThief = await signRotation({ ...claim, to: second.key }, thief)
  // A statement signed with the thief's key, and a rotation to the real key that only the thief signed.
  const earlier = await statement(thief, [], 0)
  const vouched = await statement(second, [fromThief], 0)
  await expect(
    verifyEvidence(await bundleWith(earlier, statements[1]), pins(second.key)),
  ).rejects.toMatchObject({ path: 'entity_configurations[0]' })
  // A statement that contains the thief's rotation and is not signed with the real key.
  const [header, payload] = vouched.split('.')
  const spliced = [header, payload, (await statement(thief, [], 0)).split('.')[2]].join('.')
  await expect(verifyEvidence(await bundleWith(earlier, spliced), pins(second.key))).rejects.toMatchObject({
    reason: 'EVIDENCE_INVALID',
  })
  // A thief of a replaced key names another successor. Verifiers that have pinned the real successor do not accept it.
  const fork = await signRotation({ ...claim, to: thief.key }, made.hotline.entity)
  const forked = await statement(thief, [fork], 900 * DAY)
  await expect(
    verifyEvidence(await bundleWith(forked, statements[1]), pins(second.key)),
  ).rejects.toMatchObject({ path: 'entity_configurations[0]' })
})

test('REX-RCP-020 REX-RCP-029 a bundle contains the statement with the signing key and the newest statement, whatever their entity keys', async () => {
  const { messages } = await made.evidence()
  const kept = (organisation: string) =>
    organisation === made.hotline.organisation ? statements : [made.ngo.configuration.jwt]
  expect(statementsFor(messages, kept)).toEqual([...statements, made.ngo.configuration.jwt])
  const keys = statements.map((jwt) => signingKeysOf(parseEntityConfiguration(jwt)))
  expect(new Set(keys).size).toBe(3)
})
