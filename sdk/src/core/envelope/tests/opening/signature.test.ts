// Tests of envelopes whose signature does not verify. docs/spec/envelope.md, "Opening"
import { EventType } from '@rex/proto/core/v1/thread'
import { expect, test } from 'vitest'
import { testParty } from '../../../../testing/parties/party.ts'
import { pinnedResolver } from '../../../identity/pinned.ts'
import { LIMITS } from '../../../limits.ts'
import { resealMessage, type SealedDelivery, seal } from '../../seal.ts'
import {
  contextOf,
  envelopeOf,
  hotline,
  message,
  NOW,
  ngo,
  options,
  police,
  random,
  receipts,
  stageOf,
  to,
} from '../fixture.ts'
import { bytes } from './fixture.ts'

test('signature: unknown sender, unknown key, key not valid then, made too early or too late', async () => {
  expect(await stageOf(bytes, contextOf(ngo, { resolver: pinnedResolver(() => undefined) }))).toBe(
    'signature',
  )
  const forged = await seal(message([to(ngo, [0])]), { signer: police.message, random })
  expect(await stageOf(envelopeOf(forged, forged.deliveries[0] as SealedDelivery), contextOf(ngo))).toBe(
    'signature',
  )
  const compromised = await testParty('hotline', {
    now: NOW,
    change: (draft) => ({
      ...draft,
      party: {
        ...draft.party,
        messageKeys: draft.party.messageKeys.map((key) => ({
          ...key,
          revoked: { reason: 'compromised' as const, atMs: NOW },
        })),
      },
    }),
  })
  expect(
    await stageOf(bytes, contextOf(ngo, { resolver: pinnedResolver(() => compromised.configuration) })),
  ).toBe('signature')
  const late = await seal(
    message([to(ngo, [0])], { createdMs: NOW + LIMITS.skew + 2000, expiresMs: NOW + LIMITS.maxLifetime }),
    options(),
  )
  expect(await stageOf(envelopeOf(late, late.deliveries[0] as SealedDelivery), contextOf(ngo))).toBe(
    'routing',
  )
  const how = { random, keys: ngo.keys, now: NOW }
  const resealed = await resealMessage(late, late.deliveries[0] as SealedDelivery, how)
  const [dated] = resealed.deliveries as [SealedDelivery]
  expect(await stageOf(envelopeOf(resealed, dated), contextOf(ngo))).toBe('signature')
})

test('T-049 signature: a receipt batch dated before its key, which would be no evidence', async () => {
  const fresh = await testParty('hotline', {
    now: NOW,
    change: (draft) => ({
      ...draft,
      party: {
        ...draft.party,
        messageKeys: draft.party.messageKeys.map((key) => ({ ...key, notBeforeMs: NOW })),
      },
    }),
  })
  const context = contextOf(ngo, { resolver: pinnedResolver(() => fresh.configuration) })
  const stages = [NOW, NOW - LIMITS.skew - 1000].map(async (createdMs) => {
    const change = {
      type: EventType.RECEIPT,
      threadId: new Uint8Array(16),
      event: receipts(1),
      sections: [],
      testTraffic: false,
    }
    const sealed = await seal(
      message([to(ngo, [])], { ...change, createdMs, expiresMs: NOW + 1000 }),
      options(),
    )
    return stageOf(envelopeOf(sealed, sealed.deliveries[0] as SealedDelivery), context)
  })
  expect(await Promise.all(stages)).toEqual(['opened', 'signature'])
})

test('T-015 signature: content re-signed by another party in the name of the sender', async () => {
  const impostor = await seal(message([to(ngo, [0])], { sender: hotline.organisation }), {
    signer: ngo.message,
    random,
  })
  expect(await stageOf(envelopeOf(impostor, impostor.deliveries[0] as SealedDelivery), contextOf(ngo))).toBe(
    'signature',
  )
})
