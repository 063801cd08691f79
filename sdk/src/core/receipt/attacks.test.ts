// Tests of attempts to make evidence prove more, less or something else, years later. docs/spec/receipts.md, REX-RCP-028 to REX-RCP-032
import { randomBytes } from 'node:crypto'
import type { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { testSeed } from '../../testing/parties/party.ts'
import { seal } from '../envelope/seal.ts'
import { message, NOW, to } from '../envelope/tests/fixture.ts'
import { signEntityConfiguration } from '../identity/entity.ts'
import { parseRotation, signRotation } from '../identity/rotation.ts'
import { localSigner } from '../jose/jose.ts'
import type { Signer } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'
import { decodeEvidence, encodeEvidence, verifyEvidence } from './evidence.ts'
import { exchange, orders, revoked, statement } from './fixture.ts'
import { provenSince, readMs } from './report.ts'

const DAY = 86_400_000
const MANIFEST = 'messages[0].manifest'
const { hotline, ngo, evidence, stored, receipts, pins } = await exchange()
const [successor, thief, stolen] = ['successor', 'thief', 'stolen'].map((use) =>
  localSigner(testSeed('hotline', use)),
) as [Signer, Signer, Signer]

type Parts = Omit<EvidenceBundle, 'version'>
const verified = (parts: Parts, entityKeys = pins) => verifyEvidence(encodeEvidence(parts), entityKeys)
const refused = async (parts: Parts, path: string, entityKeys = pins) =>
  expect(await verified(parts, entityKeys).catch((error: unknown) => error)).toMatchObject({
    reason: 'EVIDENCE_INVALID',
    path,
  })

test('REX-RCP-031 an organisation cannot deny what it signed by a later statement that its key had ended before', async () => {
  const others = [hotline.configuration.jwt, ngo.configuration.jwt]
  const ended = await statement(hotline, NOW + DAY, {
    message: (keys) => keys.map((key) => ({ ...key, expiresMs: NOW - 30 * DAY })),
  })
  const begun = await statement(hotline, NOW + DAY, {
    message: (keys) => keys.map((key) => ({ ...key, notBeforeMs: NOW + 30 * DAY })),
  })
  const retired = await statement(hotline, NOW + DAY, { message: revoked(NOW - 30 * DAY, 'superseded') })
  for (const later of [ended, begun, retired]) {
    for (const entityConfigurations of orders([later, ...others]))
      await expect(verified({ ...(await evidence()), entityConfigurations })).resolves.toBeDefined()
    // Without the earlier statement, only the later statement counts, so the message is not proven.
    await refused({ ...(await evidence()), entityConfigurations: [later, ngo.configuration.jwt] }, MANIFEST)
  }
})

/** Signs a minimal statement of the hotline with this entity key, listing this message key. */
const under = (
  signer: Signer,
  issuedMs: number,
  { rotations = [], key = hotline.message }: { rotations?: readonly string[]; key?: Signer } = {},
) => {
  const { configuration } = hotline
  const messageKeys = [{ jwk: key.key, notBeforeMs: NOW - 365 * DAY, expiresMs: NOW + 365 * DAY }]
  const party = { ...configuration.party, messageKeys, epochs: [] }
  const claims = { ...configuration, party, issuedMs, expiresMs: issuedMs + DAY }
  return signEntityConfiguration({ ...claims, rotations: rotations.map(parseRotation) }, signer)
}
const rotation = (to: Signer, rotatedMs: number) =>
  signRotation({ organisation: hotline.organisation, to: to.key, rotatedMs }, hotline.entity)
/** Pins in which the hotline's entity key is the new one. */
const pinned: typeof pins = (organisation) =>
  organisation === hotline.organisation ? successor.key : pins(organisation)

test('T-150 REX-RCP-032 a thief of a former entity key cannot vouch for the time after its replacement', async () => {
  const newest = await under(successor, NOW, { rotations: [await rotation(successor, NOW)] })
  const dated = (signer: Signer, createdMs: number) =>
    seal(message([to(ngo, [0])], { createdMs, expiresMs: createdMs + DAY }), { signer, random: randomBytes })
  const bundle = async (by: string, createdMs: number): Promise<Parts> => ({
    entityConfigurations: [newest, by],
    messages: [{ manifest: (await dated(stolen, createdMs)).signed, sections: [], deliveries: [] }],
  })
  const datedBack = await under(hotline.entity, NOW - DAY, { key: stolen })
  await refused(await bundle(datedBack, NOW + 20 * DAY), MANIFEST, pinned)
  await expect(verified(await bundle(datedBack, NOW - DAY), pinned)).resolves.toBeDefined()
  const late = await under(hotline.entity, NOW + DAY, { key: stolen })
  await refused(await bundle(late, NOW - DAY), 'entity_configurations[1]', pinned)
})

test('T-150 REX-RCP-032 a forked chain of entity keys proves nothing to a verifier that knows only its beginning', async () => {
  const right = await under(successor, NOW, { rotations: [await rotation(successor, NOW)] })
  const wrong = await under(thief, NOW + DAY, { rotations: [await rotation(thief, NOW)] })
  for (const [first, second] of orders([right, wrong]) as [string, string][]) {
    const entityConfigurations = [first, second, hotline.configuration.jwt, ngo.configuration.jwt]
    await refused({ ...(await evidence()), entityConfigurations }, 'entity_configurations[0]')
  }
})

test('T-150 REX-RCP-028 a gateway alone cannot backdate a message to before its key was compromised', async () => {
  const says = await statement(hotline, NOW + DAY, { message: revoked(NOW - 30 * DAY) })
  const early = await evidence({ stored: await stored({ storedMs: NOW - 60 * DAY }) })
  const { messages } = await verified(early)
  expect(messages.map(provenSince)).toEqual([{ by: ngo.organisation, ms: NOW + 2000 - LIMITS.maxLifetime }])
  await refused({ ...early, entityConfigurations: [says, ngo.configuration.jwt] }, MANIFEST)
})

test('REX-RCP-028 a stored receipt is not shown as proof of a message for which there is no desk receipt', async () => {
  const unread = [{ status: DeskReceiptStatus.REFUSED, message: new Uint8Array(), code: 'UNOPENABLE' }]
  for (const change of [{ receipts: [] }, { receipts: [{ manifest: await receipts(unread) }] }]) {
    const { messages } = await verified(await evidence(change))
    expect(messages.flatMap(({ deliveries }) => deliveries.map(readMs))).toEqual([Infinity])
  }
})

test('REX-RCP-030 a message counts once, and more statements than a referral can need are refused unread', async () => {
  const parts = await evidence()
  await refused({ ...parts, messages: [...parts.messages, ...parts.messages] }, 'messages[1]')
  const jwt = await under(hotline.entity, NOW)
  const others = parts.entityConfigurations
  const padded = (count: number): Parts => ({
    ...parts,
    entityConfigurations: [...Array<string>(count - others.length).fill(jwt), ...others],
  })
  expect(decodeEvidence(encodeEvidence(padded(LIMITS.evidenceConfigurations)))).toBeDefined()
  await refused(padded(LIMITS.evidenceConfigurations + 1), 'bundle')
})

test('REX-RCP-030 other work goes on while the statements of a bundle are read', async () => {
  const count = 64
  const jwt = await under(hotline.entity, NOW)
  let turns = 0
  let done = false
  const turn = () => {
    turns += 1
    if (!done) setImmediate(turn)
  }
  setImmediate(turn)
  const entityConfigurations = [...Array<string>(count).fill(jwt), 'none']
  await refused({ ...(await evidence()), entityConfigurations }, `entity_configurations[${count}]`)
  done = true
  expect(turns).toBeGreaterThan(count)
})
