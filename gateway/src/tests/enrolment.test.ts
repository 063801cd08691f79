// Tests of desk enrolment at a running gateway: tokens, certificate purposes, and answers to clients without a token.
import { randomBytes } from 'node:crypto'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { EnrolmentToken, EnrolPurpose } from '@rex/proto/mailbox/v1/mailbox'
import { DirectoryServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { createSigningRequest, encode, fromBase64url, generateRsaKey, toBase64url } from '@rex/sdk/core'
import {
  createClient,
  HealthDefinition,
  openChannel,
  openEnrolmentChannel,
  openLocalChannel,
} from '@rex/sdk/transport'
import { expect, test } from 'vitest'
import { enrol } from '../testing/desk.ts'
import { testGateway } from '../testing/gateway.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'

function tokenOf(token: string): EnrolmentToken {
  return EnrolmentToken.decode(fromBase64url(token.replace('rex-token-', ''), 'token'))
}

test('T-037 an enrolment token is valid for one desk', async () => {
  await using a = await testGateway(HOTLINE)
  const { token } = await a.gateway.createToken()
  await enrol(token, a.pin)
  await expect(enrol(token, a.pin)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
})

test('T-037 a bad signing request does not use up a token, and a token is not valid for another name', async () => {
  await using a = await testGateway(HOTLINE)
  const { token } = await a.gateway.createToken()
  const asGateway = createSigningRequest({ privateKey: await generateRsaKey(), uri: HOTLINE })
  await expect(enrol(token, a.pin, asGateway)).rejects.toMatchObject({ reason: 'CERTIFICATE_INVALID' })
  await enrol(token, a.pin)
})

test('T-147 a second identity is refused until the operator deliberately resets the first', async () => {
  await using a = await testGateway(HOTLINE)
  const { token } = await a.gateway.createToken()
  const other = new Uint8Array(32).fill(7)
  const as = (purpose: EnrolPurpose, entityKey?: Uint8Array) =>
    enrol(token, a.pin, undefined, { purpose, ...(entityKey && { entityKey }) })
  await expect(as(EnrolPurpose.INIT, other)).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
  for (const purpose of [EnrolPurpose.AGAIN, EnrolPurpose.RESTORE])
    await expect(as(purpose, other)).rejects.toMatchObject({ reason: 'STATEMENT_INVALID' })
  await expect(as(EnrolPurpose.UNSPECIFIED)).rejects.toMatchObject({ reason: 'MALFORMED' })
  await as(EnrolPurpose.RESTORE)
  const operator = openLocalChannel(a.gateway.adminSocket)
  expect(await createClient(AdminServiceDefinition, operator).reset({})).toMatchObject({
    revoked: 2,
    peers: [],
  })
  operator.close()
  await expect(a.desk.publish()).rejects.toMatchObject({
    reason: expect.stringMatching(/UNAUTHENTICATED|UNAVAILABLE|CANCELLED/),
  })
  const { token: next } = await a.gateway.createToken()
  await enrol(next, a.pin, undefined, { purpose: EnrolPurpose.INIT, entityKey: other })
})

test('an office enrols several desks one after the other, without waiting', async () => {
  await using a = await testGateway(HOTLINE)
  const { address, authorityDigest } = tokenOf((await a.gateway.createToken()).token)
  for (let desk = 0; desk < 8; desk++) {
    const { channel } = await openEnrolmentChannel({ address, authorityDigest })
    await createClient(HealthDefinition, channel).check({ service: '' })
    channel.close()
  }
})

test('T-074 a stranger gets the same answer, whether or not the desk exists', async () => {
  await using a = await testGateway(HOTLINE)
  const { token: used } = await a.gateway.createToken()
  await enrol(used, a.pin)
  const secret = randomBytes(16)
  const unknown = `rex-token-${toBase64url(encode(EnrolmentToken, { ...tokenOf(used), secret }))}`
  const heard = await Promise.all(
    [used, unknown].map((token) => enrol(token, a.pin).catch(({ reason, message }) => ({ reason, message }))),
  )
  expect(heard[0]).toMatchObject({ reason: 'TOKEN_INVALID' })
  expect(heard[1]).toEqual(heard[0])
  const stranger = openChannel({ ...a.pin, address: a.gateway.enrolAddress })
  const { getGateway, resolve } = createClient(DirectoryServiceDefinition, stranger)
  for (const call of [
    getGateway({}),
    ...[HOTLINE, NGO].map((organisation) => resolve({ organisation, refresh: false })),
  ]) {
    await expect(call).rejects.toMatchObject({ reason: 'UNSUPPORTED_VERSION' })
  }
  stranger.close()
})
