import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { checkChain, issueCertificate } from '@rex/sdk/core'
import { afterEach, expect, test } from 'vitest'
import { connect, Refused } from '../peer/grpc/client.ts'
import { refusal } from '../peer/grpc/messages.ts'
import { type Listener, listen, serving } from '../peer/grpc/server.ts'
import { makeOrganisation } from '../peer/organisation.ts'
import { makeSigningRequest, readSigningRequest } from '../peer/tls/certificate.ts'
import { keyPem, privateKey, publicKey } from '../peer/tls/keys.ts'

const ngo = makeOrganisation('ngo')
const hotline = makeOrganisation('hotline', 2)
const { deliver } = DeliveryServiceDefinition.methods
const expected = { organisation: ngo.organisation, authority: ngo.authority.certificate }

let listener: Listener | undefined
afterEach(() => listener?.close())

async function server(handle: Parameters<typeof serving>[2] = async (call) => call.finish()) {
  const handlers = new Map([serving(DeliveryServiceDefinition, deliver, handle as never)])
  listener = await listen({ identity: ngo.gateway(), clients: [hotline.authority.certificate], handlers })
  return listener
}

test('the certificates of the peer are those of the specification', () => {
  const now = Date.now()
  for (const usage of ['gateway', 'desk'] as const) {
    const leaf = ngo[usage]().certificate
    expect(() => checkChain({ leaf, ...expected, usage, now })).not.toThrow()
  }
  const uri = `${ngo.organisation}#desk`
  const signingRequest = makeSigningRequest(privateKey('desk-1'), [uri])
  const asked = readSigningRequest(signingRequest)
  expect(asked.uris).toEqual([uri])
  expect(Buffer.compare(asked.key, publicKey(privateKey('desk-1')))).toBe(0)
  const authority = { certificate: ngo.authority.certificate, privateKey: keyPem(ngo.authority.key) }
  expect(() => issueCertificate({ authority, signingRequest, uri, usage: 'desk', now })).not.toThrow()
})

test('a caller can tell whether a call was answered, refused or cut off', async () => {
  const endings = [
    (call: Parameters<Parameters<typeof serving>[2]>[0]) => call.finish(),
    (call: Parameters<Parameters<typeof serving>[2]>[0]) => call.finish(refusal('NOT_FOUND', 'NOT_FOUND')),
    (call: Parameters<Parameters<typeof serving>[2]>[0]) => call.reset(),
  ]
  const { address } = await server(async (call) => {
    const request = await call.read()
    call.write({ content: { $case: 'outcome', value: { sequence: 7, urgentOverBudget: false } } })
    expect(request).toMatchObject({ content: { $case: 'envelopes' } })
    endings.shift()?.(call)
  })
  const connection = await connect({ address, ...expected, identity: hotline.gateway() })
  for (const status of ['OK', 'NOT_FOUND', 'LOST']) {
    const call = connection.open(DeliveryServiceDefinition, deliver)
    call.write({ content: { $case: 'envelopes', value: { envelopes: [Uint8Array.of(1)] } } })
    if (status !== 'LOST') expect(await call.read()).toMatchObject({ content: { value: { sequence: 7 } } })
    expect(await call.ended).toMatchObject({ status })
  }
  connection.close()
  await connection.closed
})

test('strangers are refused, and no server is mistaken for another', async () => {
  const { address, failures } = await server()
  await expect(connect({ address, ...expected })).rejects.toThrow()
  await expect(connect({ address, ...expected, identity: ngo.gateway() })).rejects.toThrow()
  await expect(connect({ address, ...expected, organisation: hotline.organisation })).rejects.toThrow(/not/)
  expect(failures.waiting.length).toBeGreaterThanOrEqual(2)
  expect(new Refused(refusal('NOT_FOUND', 'NOT_FOUND')).message).toBe('NOT_FOUND: NOT_FOUND')
})
