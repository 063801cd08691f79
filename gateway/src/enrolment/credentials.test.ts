import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { RotatedKey } from '@rex/proto/admin/v1/admin'
import { RenewalServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import {
  createSigningRequest,
  fingerprint,
  generateRsaKey,
  issueCertificate,
  keptAt,
  parseCertificate,
} from '@rex/sdk/core'
import { createClient, openChannel, type TlsIdentity } from '@rex/sdk/transport'
import { expect, test } from 'vitest'
import { askGateway } from '../cli/operator.ts'
import { systemClock } from '../clock/clock.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { connectDesk, enrol } from '../testing/desk.ts'
import { type TestGateway, testGateway } from '../testing/gateway.ts'
import { openKeys } from '../trust/keys.ts'

const HOTLINE = 'https://hotline.example'
/** Result of a call whose connection the gateway closed. A refused caller gets no further information. */
const OUT = { reason: 'UNAVAILABLE' }

const credentialOf = ({ certificate }: TlsIdentity): string =>
  parseCertificate(certificate as Uint8Array).keyFingerprint

const listed = async ({ directory }: TestGateway) =>
  (await askGateway(directory, (gateway) => gateway.listDesks({}))).desks

const revoke = ({ directory }: TestGateway, credential: string) =>
  askGateway(directory, (gateway) => gateway.revokeDesk({ credential }))

/** Reads the current authority, with its key. */
async function theAuthority({ config, organisation }: TestGateway) {
  const directory = join(config.dataDir, 'keys')
  return (await openKeys({ organisation, directory, clock: systemClock })).authority()
}

const problemsOf = async ({ directory }: TestGateway) =>
  (await askGateway(directory, (gateway) => gateway.getStatus({}))).problems

/** Requests a renewal with this identity. `privateKey`: the key to certify, which may differ from that of the identity. */
async function renew({ pin }: TestGateway, identity: TlsIdentity, privateKey: string): Promise<Uint8Array> {
  const channel = openChannel({ ...pin, identity })
  try {
    const signingRequest = createSigningRequest({ privateKey, uri: `${HOTLINE}#desk` })
    return (await createClient(RenewalServiceDefinition, channel).renew({ signingRequest })).certificate
  } finally {
    channel.close()
  }
}

test('T-136 REX-MBX-004 a renewal keeps the key: a thief of a credential cannot move to a key of their own', async () => {
  await using a = await testGateway(HOTLINE)
  const { privateKey } = a.identity as Required<TlsIdentity>
  await expect(renew(a, a.identity, await generateRsaKey())).rejects.toMatchObject({
    reason: 'CERTIFICATE_INVALID',
  })
  const certificate = await renew(a, a.identity, privateKey)
  expect(credentialOf({ ...a.identity, certificate })).toBe(credentialOf(a.identity))
  const { notAfterMs } = parseCertificate(certificate)
  expect(await listed(a)).toMatchObject([{ renewals: 1, expiresMs: notAfterMs }])
})

test('T-138 REX-MBX-004 a certificate that has expired by the clock of the gateway is not renewed, even while its desk is still admitted', async () => {
  await using a = await testGateway(HOTLINE)
  const { privateKey } = a.identity as Required<TlsIdentity>
  await a.gateway.drain()
  const store = openSqliteStore(join(a.config.dataDir, 'store.sqlite'))
  await store.commit((write) => write.time.keep(keptAt(Date.now())))
  await store[Symbol.asyncDispose]()
  await a.restart({ clock: { ...systemClock, now: () => Date.now() + 100 * 86_400_000 } })
  await a.desk.lease()
  await expect(renew(a, a.identity, privateKey)).rejects.toMatchObject({ reason: 'CERTIFICATE_INVALID' })
  expect(await listed(a)).toMatchObject([{ renewals: 0 }])
})

test('T-136 REX-MBX-100 every certificate belongs to a listed credential, with its token and the time it was last seen', async () => {
  await using a = await testGateway(HOTLINE)
  const made = await a.gateway.createToken('reception laptop')
  const identity = await enrol(made.token, a.pin)
  const desk = connectDesk(a.pin, identity)
  await desk.lease()
  const [newest, first] = (await listed(a)).sort((x, y) => Number(y.name > '') - Number(x.name > ''))
  expect(newest).toMatchObject({
    credential: credentialOf(identity),
    name: 'reception laptop',
    token: made.id,
    renewals: 0,
    revokedMs: 0,
    holdsMailbox: true,
  })
  expect(Buffer.from(newest?.chain ?? []).equals(desk.chain)).toBe(true)
  expect(newest?.seenMs).toBeGreaterThanOrEqual(newest?.enrolledMs ?? Number.NaN)
  expect(first).toMatchObject({ credential: credentialOf(a.identity), holdsMailbox: false })
  desk.close()
  await a.restart()
  expect((await listed(a)).map(({ seenMs }) => seenMs > 0)).toEqual([true, true])
})

test('T-136 T-031 REX-MBX-102 a revoked desk is shut out at once and permanently, and loses the mailbox', async () => {
  await using a = await testGateway(HOTLINE)
  const fence = await a.desk.lease()
  const inbox = a.desk.receive(fence)
  await inbox.until('live')
  const outbox = await a.desk.submit(fence)
  const stolen = credentialOf(a.identity)
  const successor = connectDesk(a.pin, await enrol((await a.gateway.createToken()).token, a.pin))

  await revoke(a, stolen.slice(0, 16))
  await expect(inbox.next()).rejects.toThrow()
  await expect(outbox.ended).rejects.toThrow()
  expect(await successor.lease()).toBe(fence + 2)
  const { privateKey } = a.identity as Required<TlsIdentity>
  await expect(a.desk.lease(true)).rejects.toMatchObject(OUT)
  await expect(renew(a, a.identity, privateKey)).rejects.toMatchObject(OUT)
  successor.close()

  await a.restart()
  await expect(a.desk.lease(true)).rejects.toMatchObject(OUT)
  const [left] = (await listed(a)).filter(({ credential }) => credential === stolen)
  expect(left).toMatchObject({ holdsMailbox: false, renewals: 0 })
  expect(left?.revokedMs).toBeGreaterThan(0)
})

test('T-136 REX-MBX-102 only an unambiguous credential is revoked, and only once', async () => {
  await using a = await testGateway(HOTLINE)
  const credential = credentialOf(a.identity)
  await expect(revoke(a, credential.slice(0, 7))).rejects.toMatchObject({ reason: 'MALFORMED' })
  await expect(revoke(a, '0123456789abcdef')).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  const first = await revoke(a, credential.toUpperCase())
  expect(await revoke(a, credential)).toEqual(first)
})

test('T-136 REX-MBX-101 a credential without a record, as after the loss of the store, is listed and reported when it is used', async () => {
  await using a = await testGateway(HOTLINE)
  await a.gateway.drain()
  for (const file of ['store.sqlite', 'store.sqlite-wal', 'store.sqlite-shm'])
    rmSync(join(a.directory, file), { force: true })
  await a.restart()
  expect(await listed(a)).toEqual([])
  await a.desk.lease()
  const credential = credentialOf(a.identity)
  expect(await listed(a)).toMatchObject([{ credential, token: '', holdsMailbox: true }])
  expect(await problemsOf(a)).toContainEqual(
    expect.objectContaining({
      code: 'credential-unknown',
      message: expect.stringContaining(credential.slice(0, 16)),
    }),
  )
  await revoke(a, credential)
  expect((await problemsOf(a)).map(({ code }) => code)).not.toContain('credential-unknown')
  await expect(a.desk.lease()).rejects.toMatchObject(OUT)
})

test('T-136 REX-ID-085 the stolen key of a former authority neither creates a desk nor extends one; recorded desks continue', async () => {
  await using a = await testGateway(HOTLINE)
  const authority = await theAuthority(a)
  const certify = (privateKey: string, days: number): TlsIdentity => {
    const uri = `${HOTLINE}#desk`
    const signingRequest = createSigningRequest({ privateKey, uri })
    const now = Date.now()
    return {
      certificate: issueCertificate({ authority, signingRequest, uri, usage: 'desk', now, days }),
      privateKey,
      authority: authority.certificate,
    }
  }
  const { privateKey } = a.identity as Required<TlsIdentity>
  const desks = [a.identity, certify(await generateRsaKey(), 1), certify(privateKey, 91)]
  const rotate = () =>
    askGateway(a.directory, (gateway) => gateway.rotate({ key: RotatedKey.AUTHORITY, anyway: true }))
  expect(await rotate()).toMatchObject({ done: false })
  expect(await rotate()).toMatchObject({ done: true })
  const pin = { ...a.pin, authority: (await theAuthority(a)).certificate }
  expect(fingerprint(pin.authority)).not.toBe(fingerprint(a.pin.authority))

  const [own, ...stolen] = desks.map((identity) => connectDesk(pin, identity))
  for (const desk of stolen) await expect(desk.lease(true)).rejects.toMatchObject(OUT)
  await own?.lease()
  expect(await listed(a)).toMatchObject([{ credential: credentialOf(a.identity) }])
  // Get the desk a certificate of the current authority.
  const certificate = await renew({ ...a, pin }, a.identity, privateKey)
  expect(parseCertificate(certificate).x509.verify(parseCertificate(pin.authority).x509.publicKey)).toBe(true)
  for (const desk of [own, ...stolen]) desk?.close()
})

test('T-136 REX-MBX-104 both sides and the operator are told of a takeover', async () => {
  await using a = await testGateway(HOTLINE)
  const displaced = credentialOf(a.identity).slice(0, 16)
  const fence = await a.desk.lease()
  const inbox = a.desk.receive(fence)
  await inbox.until('live')
  const identity = await enrol((await a.gateway.createToken()).token, a.pin)
  const credential = credentialOf(identity).slice(0, 16)
  const other = connectDesk(a.pin, identity)
  const refusal = {
    reason: 'LEASE_LOST',
    message: expect.stringContaining(credential),
    metadata: { credential },
  }
  await expect(other.lease()).rejects.toMatchObject({ metadata: { credential: displaced } })
  const taken = await other.lease(true)
  await expect(inbox.next()).rejects.toMatchObject(refusal)
  await expect(a.desk.lease()).rejects.toMatchObject(refusal)
  const { content } = await other.receive(taken).until('notice')
  expect(content).toMatchObject({
    value: { subject: { $case: 'leaseTaken', value: { credential, from: displaced } } },
  })
  const problem = {
    code: 'mailbox-taken',
    message: expect.stringContaining(`rex-gateway desks revoke ${credential}`),
  }
  expect(await problemsOf(a)).toContainEqual(expect.objectContaining(problem))
  other.close()
})

test('T-136 desks that endlessly take the mailbox from each other leave one notice', async () => {
  await using a = await testGateway(HOTLINE)
  const other = connectDesk(a.pin, a.identity)
  for (let i = 0; i < 10; i++) await (i % 2 === 0 ? other : a.desk).lease(true)
  const inbox = a.desk.receive(await a.desk.lease())
  const notices: number[] = []
  for (;;) {
    const { content, cursor } = await inbox.next()
    if (content?.$case === 'live') break
    if (content?.$case === 'notice') notices.push(cursor)
  }
  expect(notices).toHaveLength(1)
  other.close()
})
