// T-039: an organisation publishes another's keys as its own, and gains neither the messages signed with these keys nor the ones sealed to
// them.
import { randomBytes } from 'node:crypto'
import { Lane } from '@rex/proto/core/v1/envelope'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestParty, testParty } from '../../testing/parties/party.ts'
import { createPeerCheck } from '../../transport/network/peer.ts'
import { open } from '../envelope/open.ts'
import { parseEnvelope } from '../envelope/parse.ts'
import { type Recipient, type SealedDelivery, seal } from '../envelope/seal.ts'
import { envelopeOf, message, NOW } from '../envelope/tests/fixture.ts'
import { signJwt } from '../jose/jose.ts'
import { parseJwt } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'
import { createAuthority, issueCertificate } from '../pki/issue.ts'
import { generateRsaKey } from '../pki/key.ts'
import { createSigningRequest } from '../pki/request.ts'
import { signStoredReceipt, verifyStoredReceipt } from '../receipt/stored.ts'
import { signEntityConfiguration, verifyEntityConfiguration } from './entity.ts'
import { signInvite, verifyInvite } from './invite.ts'
import { pinnedResolver } from './pinned.ts'

/** The victim, whose keys the attacker publishes; an honest organisation that is paired with both; and the attacker. */
let victim: TestParty
let honest: TestParty
let thief: TestParty

beforeAll(async () => {
  ;[victim, honest] = (await Promise.all([
    testParty('victim', { now: NOW }),
    testParty('honest', { now: NOW }),
  ])) as [TestParty, TestParty]
  const { party } = victim.configuration
  thief = await testParty('thief', { now: NOW, change: (draft) => ({ ...draft, party }) })
})

const resolver = () =>
  pinnedResolver(
    (id) => [victim, honest, thief].find(({ organisation }) => organisation === id)?.configuration,
  )

const contextOf = ({ organisation, decapsulator }: TestParty) => ({
  organisation,
  storedMs: NOW + 1000,
  decapsulator,
  resolver: resolver(),
})

/** Signs a message with the sender's message key and seals it. Returns the message and its envelope to one recipient. */
async function sent(from: TestParty, to: Omit<Recipient, 'lane' | 'sections'>) {
  const recipients = [{ ...to, lane: Lane.ROUTINE, sections: [0] }]
  const sealed = await seal(message(recipients, { sender: from.organisation }), {
    signer: from.message,
    random: randomBytes,
  })
  const delivery = sealed.deliveries[0] as SealedDelivery
  return { sealed, delivery, envelope: envelopeOf(sealed, delivery) }
}

describe('T-039 keys of another organisation, published as own keys', () => {
  test('in a statement: it can be made, but the keys in it prove nothing alone', async () => {
    const { party, entityKey } = thief.configuration
    expect(party.messageKeys).toEqual(victim.configuration.party.messageKeys)
    expect(entityKey).not.toEqual(victim.entity.key)
    const mine = await sent(honest, { organisation: victim.organisation, keys: victim.keys })
    await expect(open(mine.envelope, contextOf(victim))).resolves.toMatchObject({
      manifest: { sender: honest.organisation },
    })
  })

  test('as entity key: an invite that the victim has not signed is refused', async () => {
    const { jwt } = victim.configuration
    const expiresMs = NOW + 1000
    const copied = await signInvite(jwt, { signer: thief.entity, now: NOW, expiresMs })
    await expect(verifyInvite(copied, NOW)).rejects.toMatchObject({ reason: 'STATEMENT_INVALID' })
    const { claims } = parseJwt('entity-statement', jwt, LIMITS.entityConfiguration)
    const renamed = { ...(claims as object), iss: thief.organisation, sub: thief.organisation }
    const claimed = await signJwt('entity-statement', renamed, { ...thief.entity, key: victim.entity.key })
    const invite = {
      iss: thief.organisation,
      iat: NOW / 1000,
      exp: expiresMs / 1000,
      entity_configuration: claimed,
    }
    const own = await signJwt('invite', invite, { ...thief.entity, key: victim.entity.key })
    await expect(verifyInvite(own, NOW)).rejects.toMatchObject({ reason: 'STATEMENT_INVALID' })
  })

  test('as message key: messages that the victim signed remain its own', async () => {
    const { sealed, delivery } = await sent(victim, { organisation: honest.organisation, keys: honest.keys })
    const claimed = envelopeOf(sealed, delivery, (routing) => ({ ...routing, sender: thief.organisation }))
    await expect(open(claimed, contextOf(honest))).rejects.toMatchObject({ reason: 'UNOPENABLE' })
    const named = { ...thief, message: { ...thief.message, key: victim.message.key } }
    const signed = await sent(named, { organisation: honest.organisation, keys: honest.keys })
    await expect(open(signed.envelope, contextOf(honest))).rejects.toMatchObject({ reason: 'UNOPENABLE' })
  })

  test('as encryption key: a message for the thief does not open at the victim as a message for the victim', async () => {
    const { sealed, delivery, envelope } = await sent(honest, {
      organisation: thief.organisation,
      keys: victim.keys,
    })
    await expect(open(envelope, contextOf(victim))).rejects.toMatchObject({ reason: 'UNOPENABLE' })
    const forwarded = envelopeOf(sealed, delivery, (routing) => ({
      ...routing,
      recipient: victim.organisation,
    }))
    await expect(open(forwarded, contextOf(victim))).rejects.toMatchObject({ reason: 'UNOPENABLE' })
  })
})

describe('T-039 the keys of the gateway of another organisation', () => {
  test('as receipt key: a receipt of the victim does not count as a receipt of the thief', async () => {
    const { envelope } = await sent(honest, { organisation: thief.organisation, keys: thief.keys })
    const { digest, routing } = parseEnvelope(envelope)
    const about = { envelopeId: routing.envelopeId, envelopeDigest: digest, sender: honest.organisation }
    const ofVictim = await signStoredReceipt(
      { ...about, recipient: victim.organisation, storedMs: NOW },
      victim.receipt,
    )
    const keys = thief.configuration.party.gateway.receiptKeys
    await expect(
      verifyStoredReceipt(ofVictim, keys, { ...about, recipient: thief.organisation }),
    ).rejects.toThrow('The receipt is for another envelope.')
  })

  test('as certification authority: it admits nobody under another name', async () => {
    const authority = await createAuthority({ organisation: victim.organisation, now: NOW })
    const check = createPeerCheck(() => NOW)
    const trusted = (organisation: string) => ({
      organisation,
      usage: 'gateway' as const,
      authority: authority.certificate,
    })
    const refused = check.replace([trusted(victim.organisation), trusted(thief.organisation)])
    expect(refused.map(([{ organisation }]) => organisation)).toEqual([thief.organisation])
    const signingRequest = createSigningRequest({
      privateKey: await generateRsaKey(),
      uri: thief.organisation,
    })
    const leaf = issueCertificate({
      authority,
      signingRequest,
      uri: thief.organisation,
      usage: 'gateway',
      now: NOW,
    })
    expect(() => check.admit(leaf)).toThrow(expect.objectContaining({ reason: 'UNAUTHENTICATED' }))
  })

  test('as TLS key: a signing request proves possession, for one name', async () => {
    const authority = await createAuthority({ organisation: thief.organisation, now: NOW })
    const ofVictim = createSigningRequest({ privateKey: await generateRsaKey(), uri: victim.organisation })
    const issue = (signingRequest: Uint8Array) => () =>
      issueCertificate({ authority, signingRequest, uri: thief.organisation, usage: 'gateway', now: NOW })
    expect(issue(ofVictim)).toThrow(expect.objectContaining({ reason: 'CERTIFICATE_INVALID' }))
    const renamed = Buffer.from(ofVictim)
    renamed.write('thief.', renamed.indexOf('victim'))
    expect(issue(renamed)).toThrow(expect.objectContaining({ reason: 'CERTIFICATE_INVALID' }))
  })
})

test('T-039 a key that signs statements of the victim signs none in another name', async () => {
  const draft = { ...thief.configuration, expiresMs: NOW + 1_000_000 }
  const jwt = await signEntityConfiguration(draft as never, victim.entity)
  const { entityKey } = thief.configuration
  await expect(
    verifyEntityConfiguration(jwt, { entityKey, organisation: thief.organisation, now: NOW }),
  ).rejects.toMatchObject({ reason: 'STATEMENT_INVALID' })
})
