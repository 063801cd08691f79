// Tests of entity keys that change, and of the organisations that follow the change. docs/spec/identity.md, "Rotation of the entity key"
import { beforeAll, expect, test } from 'vitest'
import { type TestParty, testParty, testSeed } from '../../testing/parties/party.ts'
import { localSigner, signJwt } from '../jose/jose.ts'
import { kid, type Signer } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'
import { parseEntityConfiguration, signEntityConfiguration, verifyEntityConfiguration } from './entity.ts'
import { signInvite, verifyInvite } from './invite.ts'
import { MOST_ROTATIONS, parseRotation, signRotation } from './rotation.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const DAY = 24 * 60 * 60_000
const ORGANISATION = 'https://ngo.example'

let ngo: TestParty
const keys = Array.from({ length: 20 }, (_, i) => localSigner(testSeed('ngo', `entity ${i}`)))
const key = (i: number) => keys[i] as Signer
beforeAll(async () => {
  ngo = await testParty('ngo', { now: NOW })
})

const rotated = (from: Signer, to: Signer, organisation = ORGANISATION) =>
  signRotation({ organisation, to: to.key, rotatedMs: NOW }, from)
/** Signs a rotation from each key to the next. */
const line = async (...signers: Signer[]) =>
  await Promise.all(signers.slice(1).map((to, i) => rotated(signers[i] as Signer, to)))
/** Signs a statement of the NGO with this key. `rotations` are JWTs. */
const statement = (signer: Signer, rotations: readonly string[], issuedMs = NOW) =>
  signEntityConfiguration({ ...ngo.configuration, issuedMs, rotations: rotations.map(parseRotation) }, signer)
const pinned = (signer: Signer, now = NOW) => ({ entityKey: signer.key, organisation: ORGANISATION, now })

test('REX-ID-075 REX-ID-076 whoever has pinned an earlier key follows, even after months and over several rotations', async () => {
  const jwt = await statement(key(2), await line(key(0), key(1), key(2)))
  for (const pin of [key(0), key(1), key(2)])
    for (const now of [NOW, NOW + 300 * DAY])
      expect((await verifyEntityConfiguration(jwt, pinned(pin, now))).entityKey).toEqual(key(2).key)
})

test('REX-ID-076 whoever has followed refuses statements under the earlier key, whatever their date', async () => {
  const old = await statement(key(0), [], NOW + 9 * 60_000)
  await verifyEntityConfiguration(old, pinned(key(0)))
  await expect(verifyEntityConfiguration(old, pinned(key(1)))).rejects.toMatchObject({
    reason: 'STATEMENT_INVALID',
  })
})

test('REX-ID-076 a rotation counts only if the replaced key has signed it, and the new key has signed the statement', async () => {
  const [stranger, first, second] = [key(9), key(0), key(1)]
  const forged = (await rotated(stranger, second)).split('.')
  const whole = (await rotated(first, second)).split('.')
  const spliced = [whole[0], whole[1], forged[2]].join('.')
  const cases = {
    'signed by nobody': await statement(second, [spliced]),
    'from a stranger': await statement(second, await line(stranger, second)),
    'not to this key': await signEntityConfiguration({ ...ngo.configuration }, second),
  }
  for (const [fault, jwt] of Object.entries(cases))
    await expect(verifyEntityConfiguration(jwt, pinned(first)), fault).rejects.toMatchObject({
      reason: 'STATEMENT_INVALID',
    })
})

test('REX-ID-075 a chain with a gap, a loop, another organisation, another end or too many rotations is refused', async () => {
  const other = await rotated(key(0), key(1), 'https://police.example')
  const cases = {
    gap: await statement(key(3), [await rotated(key(0), key(1)), await rotated(key(2), key(3))]),
    loop: await statement(key(0), await line(key(0), key(1), key(0))),
    organisation: await statement(key(1), [other]),
    end: await statement(key(2), await line(key(0), key(1))),
    'too many': await statement(key(17), await line(...keys.slice(0, 18))),
  }
  for (const [fault, jwt] of Object.entries(cases))
    expect(() => parseEntityConfiguration(jwt), fault).toThrow(
      expect.objectContaining({
        reason: 'MALFORMED',
        path: expect.stringContaining('metadata.rex_party.entity_rotations'),
      }),
    )
})

test('REX-ID-075 a rotation names exactly two keys, the first of which signs it, and has at most 1024 characters', async () => {
  const jwk = ({ key: named }: Signer) => ({ ...named, kid: kid(named) })
  const claims = (...named: Signer[]) => ({ iss: ORGANISATION, iat: 1, jwks: { keys: named.map(jwk) } })
  for (const named of [[], [key(0)], [key(1), key(0)], [key(0), key(1), key(2)]]) {
    const jwt = await signJwt('rotation', claims(...named), key(0))
    expect(() => parseRotation(jwt)).toThrow(expect.objectContaining({ reason: 'MALFORMED' }))
  }
  const longest = `https://${'a'.repeat(60)}.example/${'b'.repeat(178)}`
  expect(longest).toHaveLength(255)
  expect((await rotated(key(0), key(1), longest)).length).toBeLessThanOrEqual(LIMITS.rotation)
  const padded = { ...claims(key(0), key(1)), more: 'x'.repeat(1024) }
  const large = await signJwt('rotation', padded, key(0))
  expect(() => parseRotation(large)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }))
})

test('REX-ID-075 a statement has room for 16 rotations in addition to all its keys', async () => {
  const messageKeys = Array.from({ length: 16 }, (_, i) => ({
    jwk: localSigner(testSeed('ngo', `message ${i}`)).key,
    notBeforeMs: NOW,
    expiresMs: NOW + DAY,
    revoked: { reason: 'superseded' as const, atMs: NOW },
  }))
  const { party } = ngo.configuration
  const full = { ...party, messageKeys, gateway: { ...party.gateway, receiptKeys: messageKeys } }
  const rotations = (await line(...keys.slice(0, MOST_ROTATIONS + 1))).map(parseRotation)
  const jwt = await signEntityConfiguration(
    { ...ngo.configuration, party: full, rotations },
    key(MOST_ROTATIONS),
  )
  expect((await verifyEntityConfiguration(jwt, pinned(key(0)))).rotations).toHaveLength(MOST_ROTATIONS)
})

test('REX-ID-041 an invite under a later key belongs to the same organisation', async () => {
  const configuration = await statement(key(1), await line(key(0), key(1)))
  const invite = await signInvite(configuration, { signer: key(1), now: NOW, expiresMs: NOW + DAY })
  expect((await verifyInvite(invite, NOW)).configuration.entityKey).toEqual(key(1).key)
})
