// T-136, T-074: only a client with a certificate of a pinned authority is informed why it is refused. docs/spec/delivery.md, "Connections"
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certificate, parseCertificate } from '../../core/pki/certificate.ts'
import { askRefusal } from '../calling/refused.ts'
import { createServer, type Server } from '../listening/server.ts'
import type { TlsIdentity } from '../network/tls.ts'
import { type TestOrganisation, testOrganisation } from './fixture.ts'

const DAY = 24 * 60 * 60_000
let own: TestOrganisation
let other: TestOrganisation
let impostor: TestOrganisation
let former: TestOrganisation
let server: Server

beforeAll(async () => {
  ;[own, other, impostor, former] = await Promise.all([
    testOrganisation('https://ngo.example'),
    testOrganisation('https://other.example'),
    testOrganisation('https://ngo.example'),
    testOrganisation('https://ngo.example'),
  ])
  const fingerprints = new Set(
    [own, impostor, former].map(({ desk }) => parseCertificate(desk.certificate).keyFingerprint),
  )
  const revoked = ({ keyFingerprint }: Certificate) => fingerprints.has(keyFingerprint)
  server = await createServer({
    listen: '127.0.0.1:0',
    identity: own.gateway,
    peers: [
      ...[own, former].map((one) => ({ ...one.trusted('desk'), revoked })),
      ...[own, former].map((one) => one.trusted('gateway')),
    ],
    services: [],
  })
})
afterAll(() => server.close())

const ask = (identity: TlsIdentity) =>
  askRefusal({
    address: server.address,
    organisation: own.organisation,
    authority: own.authority.certificate,
    identity,
  })

test('T-136 REX-MBX-106 a revoked desk, and one whose certificate is not valid now, are told so by the authority in use and by former ones', async () => {
  for (const by of [own, former]) {
    expect(await ask(by.desk)).toMatchObject({ reason: 'UNAUTHENTICATED', metadata: { refusal: 'revoked' } })
    const coming = by.issue('gateway', Date.now() + 200 * DAY)
    expect(await ask(coming)).toMatchObject({
      reason: 'UNAUTHENTICATED',
      metadata: { refusal: 'certificate' },
      hint: expect.stringContaining('clock'),
    })
  }
})

test('T-074 others are told nothing, not even who is served', async () => {
  for (const identity of [impostor.desk, other.desk, own.gateway]) expect(await ask(identity)).toBeUndefined()
})

test('without an answer there is no reason', async () => {
  const { address } = server
  await server.close()
  expect(
    await askRefusal({
      address,
      organisation: own.organisation,
      authority: own.authority.certificate,
      identity: own.desk,
    }),
  ).toBeUndefined()
})
