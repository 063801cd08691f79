// Makes, for tests, a message with its receipts and the bundle that proves it.
import { randomBytes } from 'node:crypto'
import { type Jws, Lane } from '@rex/proto/core/v1/envelope'
import type { EvidenceBundle, EvidenceDelivery } from '@rex/proto/core/v1/receipt'
import { type DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { type TestParty, testParty } from '../../testing/parties/party.ts'
import { sealedDigest } from '../envelope/digest.ts'
import { type SealedDelivery, seal } from '../envelope/seal.ts'
import { message, NOW } from '../envelope/tests/fixture.ts'
import type { DatedKey, EntityClaims } from '../identity/entity.ts'
import type { EntityKeys } from './evidence.ts'
import { signStoredReceipt } from './stored.ts'

const random = (length: number) => randomBytes(length)

/** Makes a hotline's message to an NGO that is stored one second and received two seconds later. */
export async function exchange() {
  const [hotline, ngo] = await Promise.all([
    testParty('hotline', { now: NOW }),
    testParty('ngo', { now: NOW }),
  ])
  const to = { organisation: ngo.organisation, lane: Lane.ROUTINE, keys: ngo.keys, sections: [0] }
  const sealed = await seal(message([to]), { signer: hotline.message, random })
  const delivery = sealed.deliveries[0] as SealedDelivery
  const expectation = {
    envelopeId: delivery.envelopeId,
    envelopeDigest: delivery.digest,
    sender: hotline.organisation,
    recipient: ngo.organisation,
  }
  const stored = (change: object = {}, signer = ngo.receipt) =>
    signStoredReceipt({ ...expectation, storedMs: NOW + 1000, ...change }, signer)

  /** Makes a signed receipt batch about the message. */
  const receipts = async (entries: Partial<DeskReceipt>[], signer = ngo) => {
    const { envelopeId, digest: envelopeDigest } = delivery
    const status = DeskReceiptStatus.RECEIVED
    const about = { status, envelopeId, envelopeDigest, message: sealed.digest, timeMs: NOW + 2000, code: '' }
    const value = { receipts: entries.map((entry) => ({ ...about, ...entry })) }
    return await batchOf({ signer, to: hotline, value })
  }

  /** Returns the parts of the bundle that proves the message, with these changes to its delivery. */
  const evidence = async (
    change: Partial<EvidenceDelivery> = {},
  ): Promise<Omit<EvidenceBundle, 'version'>> => ({
    entityConfigurations: [hotline.configuration.jwt, ngo.configuration.jwt],
    messages: [
      {
        manifest: sealed.signed,
        sections: [sealed.sections[0] as Uint8Array],
        deliveries: [
          {
            context: delivery.context,
            grant: sealedDigest(delivery.grant),
            commitment: {
              salt: delivery.commitmentSalt,
              recipient: ngo.organisation,
              lane: delivery.lane,
              sections: [...delivery.granted],
            },
            stored: await stored(),
            receipts: [{ manifest: await receipts([{}, { status: DeskReceiptStatus.SEEN }]) }],
            ...change,
          },
        ],
      },
    ],
  })
  const pins: EntityKeys = (organisation) =>
    [hotline, ngo].find((party) => party.organisation === organisation)?.entity.key
  return { hotline, ngo, sealed, delivery, expectation, stored, receipts, evidence, pins }
}

type Revoked = NonNullable<DatedKey['revoked']>
type Keys = (keys: readonly DatedKey[]) => readonly DatedKey[]
const same: Keys = (keys) => keys

/** Makes a function that revokes all keys of a statement. */
export const revoked =
  (atMs: number, reason: Revoked['reason'] = 'compromised'): Keys =>
  (keys) =>
    keys.map((key) => ({ ...key, revoked: { reason, atMs } }))

/** Signs a statement of an organisation with other keys. */
export async function statement(
  { organisation }: TestParty,
  issuedMs: number,
  { message = same, receipt = same }: { message?: Keys; receipt?: Keys },
): Promise<string> {
  const change = (claims: EntityClaims): EntityClaims => ({
    ...claims,
    issuedMs,
    party: {
      ...claims.party,
      messageKeys: message(claims.party.messageKeys),
      gateway: { ...claims.party.gateway, receiptKeys: receipt(claims.party.gateway.receiptKeys) },
    },
  })
  const name = organisation.slice('https://'.length, -'.example'.length)
  return (await testParty(name, { now: NOW, change })).configuration.jwt
}

/** Returns all permutations of a list. */
export function orders<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]]
  return list.flatMap((first, i) => orders(list.toSpliced(i, 1)).map((rest) => [first, ...rest]))
}

async function batchOf(batch: {
  signer: TestParty
  to: TestParty
  value: { receipts: DeskReceipt[] }
}): Promise<Jws> {
  const { signer, to, value } = batch
  const sealed = await seal(
    {
      messageId: random(16),
      chain: random(16),
      counter: 0,
      heads: [],
      void: [],
      createdMs: NOW + 2000,
      expiresMs: NOW + 1_000_000,
      confidential: false,
      testTraffic: false,
      sender: signer.organisation,
      threadId: new Uint8Array(16),
      type: EventType.RECEIPT,
      event: { content: { $case: 'receipts' as const, value } },
      sections: [],
      recipients: [{ organisation: to.organisation, lane: Lane.ROUTINE, keys: to.keys, sections: [] }],
    },
    { signer: signer.message, random },
  )
  return sealed.signed
}

/** The result of `exchange`. */
export type Exchange = Awaited<ReturnType<typeof exchange>>
