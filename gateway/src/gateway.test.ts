import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Channel } from '@grpc/grpc-js'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import {
  type Delivery,
  EnrolmentToken,
  EnrolPurpose,
  type ReceiveResponse,
  type SubmitRequest,
} from '@rex/proto/mailbox/v1/mailbox'
import { DirectoryServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import {
  createSigningRequest,
  encode,
  fromBase64url,
  generateRsaKey,
  parseStoredReceipt,
  RexError,
  toBase64url,
  toHex,
} from '@rex/sdk/core'
import {
  createClient,
  createQueue,
  fromErrorDetail,
  HealthDefinition,
  openChannel,
  openEnrolmentChannel,
  openLocalChannel,
} from '@rex/sdk/transport'
import type { TsProtoServiceDefinition } from 'nice-grpc/lib/service-definitions/ts-proto.js'
import { expect, test } from 'vitest'
import { systemClock } from './clock/clock.ts'
import { createLog } from './telemetry/log.ts'
import { enrol } from './testing/desk.ts'
import { testSubmission } from './testing/envelope.ts'
import { pair, testGateway } from './testing/gateway.ts'
import { openKeys } from './trust/keys.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'

function storedOf(response: ReceiveResponse) {
  if (response.content?.$case !== 'stored') throw new Error('no envelope')
  return response.content.value
}

function reportOf(response: ReceiveResponse) {
  if (response.content?.$case !== 'report') throw new Error('no report')
  return response.content.value
}

function tokenOf(token: string): EnrolmentToken {
  return EnrolmentToken.decode(fromBase64url(token.replace('rex-token-', ''), 'token'))
}

test('an envelope goes from desk to desk, and its receipt comes back', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await pair(a, b)
  const [fenceA, fenceB] = await Promise.all([a.desk.lease(), b.desk.lease()])
  const outbox = await a.desk.submit(fenceA)
  expect((await outbox.send(testSubmission({ sender: HOTLINE, recipient: NGO }))).error).toBeUndefined()
  const { receipt } = storedOf(await b.desk.receive(fenceB).until('stored'))
  const { outcome } = reportOf(await a.desk.receive(fenceA).until('report'))
  expect(outcome).toEqual({ $case: 'stored', value: receipt })
  expect(parseStoredReceipt(receipt as never).receipt).toMatchObject({ sender: HOTLINE, recipient: NGO })
})

test('REX-MBX-027 what comes together is answered each by itself', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await pair(a, b)
  const submissions = [NGO, 'https://stranger.example', NGO].map((recipient, i) => ({
    ...testSubmission({ sender: HOTLINE, recipient }),
    sequence: i + 1,
  }))
  const requests = createQueue<SubmitRequest>()
  requests.offer({ content: { $case: 'open', value: { fence: await a.desk.lease() } } })
  requests.offer({ content: { $case: 'submissions', value: { submissions } } })
  const reasons = new Map<number, unknown>()
  for await (const { sequence, error } of a.desk.mailbox.submit(requests)) {
    reasons.set(sequence, error && fromErrorDetail(error).reason)
    if (reasons.size === 4) break
  }
  expect(reasons).toEqual(
    new Map([
      [0, undefined],
      [1, undefined],
      [2, 'UNKNOWN_ORGANISATION'],
      [3, undefined],
    ]),
  )
  const inbox = b.desk.receive(await b.desk.lease())
  for (let i = 0; i < 2; i++) await inbox.until('stored')
})

test.each([
  ['nothing', [], 'MALFORMED'],
  ['more recipients together than one may have', [33, 32], 'LIMIT_EXCEEDED'],
] as const)('REX-MBX-027 a request with %s ends the stream', async (_name, recipients, reason) => {
  await using a = await testGateway(HOTLINE)
  const [delivery] = testSubmission({ sender: HOTLINE, recipient: NGO }).deliveries
  const submissions = recipients.map((count, i) => ({
    ...testSubmission({ sender: HOTLINE, recipient: NGO }),
    sequence: i + 1,
    deliveries: Array.from({ length: count }, () => delivery as Delivery),
  }))
  const requests = createQueue<SubmitRequest>()
  requests.offer({ content: { $case: 'open', value: { fence: await a.desk.lease() } } })
  requests.offer({ content: { $case: 'submissions', value: { submissions } } })
  const answers = a.desk.mailbox.submit(requests)[Symbol.asyncIterator]()
  expect((await answers.next()).value).toMatchObject({ sequence: 0 })
  await expect(answers.next()).rejects.toMatchObject({ reason })
})

test('what waits survives a restart on both sides, and comes again with its count', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await pair(a, b)
  await b.gateway.drain()
  const outbox = await a.desk.submit(await a.desk.lease())
  await outbox.send(testSubmission({ sender: HOTLINE, recipient: NGO }))
  await a.restart()
  await b.restart()
  const before = b.desk.receive(await b.desk.lease())
  const first = await before.until('stored')
  await b.restart()
  const again = await b.desk.receive(await b.desk.lease()).until('stored')
  expect(again).toMatchObject({ cursor: first.cursor, redelivered: 1 })
})

test('a second desk store takes the mailbox only on purpose; the streams of the first end with LEASE_LOST', async () => {
  await using a = await testGateway(HOTLINE)
  const fence = await a.desk.lease()
  const inbox = a.desk.receive(fence)
  await inbox.until('live')
  const outbox = await a.desk.submit(fence)
  const other = { chain: randomBytes(16), takeOver: false }
  await expect(a.desk.mailbox.acquireLease(other)).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  await a.desk.mailbox.acquireLease({ ...other, takeOver: true })
  await expect(inbox.next()).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  await expect(outbox.ended).rejects.toMatchObject({ reason: 'LEASE_LOST' })
  await expect(a.desk.receive(fence).next()).rejects.toMatchObject({ reason: 'LEASE_LOST' })
})

test('T-037 an enrolment token is good for one desk', async () => {
  await using a = await testGateway(HOTLINE)
  const { token } = await a.gateway.createToken()
  await enrol(token, a.pin)
  await expect(enrol(token, a.pin)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
})

test('T-037 a token is not used up by a bad signing request, nor good for another name', async () => {
  await using a = await testGateway(HOTLINE)
  const { token } = await a.gateway.createToken()
  const asGateway = createSigningRequest({ privateKey: await generateRsaKey(), uri: HOTLINE })
  await expect(enrol(token, a.pin, asGateway)).rejects.toMatchObject({ reason: 'CERTIFICATE_INVALID' })
  await enrol(token, a.pin)
})

test('T-147 a new identity is refused while there is one, until the operator resets on purpose', async () => {
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

/** Who may call each service of the schema on the listener for gateways and desks. Nobody may call services that are not listed. */
const CALLERS: Readonly<Record<string, 'gateway' | 'desk' | 'nobody'>> = {
  'rex.admin.v1.AdminService': 'nobody',
  'rex.federation.v1.DeliveryService': 'gateway',
  'rex.federation.v1.EntityService': 'gateway',
  'rex.mailbox.v1.DirectoryService': 'desk',
  'rex.mailbox.v1.EnrolmentService': 'nobody',
  'rex.mailbox.v1.MailboxService': 'desk',
  'rex.mailbox.v1.RenewalService': 'desk',
}

/** Every service of the schema, from the generated code. */
async function definitions(): Promise<TsProtoServiceDefinition[]> {
  const generated = fileURLToPath(new URL('../../proto/gen', import.meta.url))
  const files = readdirSync(generated, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('_service.ts'),
  )
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(generated, file)).href)))
  return modules.flatMap((module) => Object.values(module as object)).filter((value) => 'methods' in value)
}

/** The reason with which a method refuses an empty request. */
async function answer(definition: TsProtoServiceDefinition, name: string, channel: Channel): Promise<string> {
  const client = createClient(definition, channel) as Record<string, (request: unknown) => unknown>
  const method = definition.methods[name]
  const empty = method?.requestType.decode(new Uint8Array())
  try {
    const result = client[name]?.(method?.requestStream ? (async function* () {})() : empty)
    if (method?.responseStream) for await (const _ of result as AsyncIterable<unknown>) break
    else await result
    return 'answered'
  } catch (error) {
    return RexError.from(error).reason
  }
}

test('T-067 every method of every service is for its callers alone', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await pair(a, b)
  const directory = join(b.config.dataDir, 'keys')
  const ofB = await openKeys({ organisation: NGO, directory, clock: systemClock })
  const channels = {
    desk: openChannel({ ...a.pin, identity: a.identity }),
    gateway: openChannel({ ...a.pin, identity: ofB.identity() }),
  }
  const services = await definitions()
  expect(services.map(({ fullName }) => fullName).sort()).toEqual(Object.keys(CALLERS).sort())
  for (const service of services)
    for (const name of Object.keys(service.methods))
      for (const [usage, channel] of Object.entries(channels)) {
        const allowed = CALLERS[service.fullName]
        const got = await answer(service, name, channel)
        const where = `${usage}: ${service.fullName}/${name}`
        if (allowed === 'nobody') expect(got, where).toBe('UNSUPPORTED_VERSION')
        else expect(got === 'PERMISSION_DENIED', where).toBe(usage !== allowed)
      }
  for (const channel of Object.values(channels)) channel.close()
})

test('T-029 an organisation that is not paired does not get in', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await a.desk.pair(
    (await b.desk.directory.resolve({ organisation: NGO, refresh: false })).entityConfiguration,
  )
  const outbox = await a.desk.submit(await a.desk.lease())
  await outbox.send(testSubmission({ sender: HOTLINE, recipient: NGO }))
  await expect(a.desk.directory.resolve({ organisation: NGO, refresh: true })).rejects.toMatchObject({
    retryable: expect.any(Boolean),
  })
  await b.desk.pair(
    (await a.desk.directory.resolve({ organisation: HOTLINE, refresh: false })).entityConfiguration,
  )
  const refreshed = await a.desk.directory.resolve({ organisation: NGO, refresh: true })
  expect(refreshed.entityConfiguration).toContain('.')
})

test('T-068 T-069 plain text, TLS where there is none, TLS 1.2 and a missing certificate are refused', async () => {
  await using a = await testGateway(HOTLINE)
  const { hostname: host, port } = new URL(`tcp://${a.gateway.address}`)
  const ended = (socket: ReturnType<typeof connectTcp>) =>
    new Promise<void>((resolve) => {
      socket.on('error', () => resolve())
      socket.on('close', () => resolve())
    })
  const plain = connectTcp(Number(port), host, () => plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))
  await ended(plain)
  await ended(connectTls({ host, port: Number(port), maxVersion: 'TLSv1.2', rejectUnauthorized: false }))
  const health = Number(a.gateway.healthAddress?.split(':').at(-1))
  const overTls = connectTls({ host, port: health, rejectUnauthorized: false })
  overTls.once('secureConnect', () => expect.fail('TLS is spoken where it should not be'))
  await ended(overTls)
  const stranger = openChannel(a.pin)
  const client = createClient(DeliveryServiceDefinition, stranger)
  const stream = client.deliver((async function* () {})())[Symbol.asyncIterator]()
  await expect(stream.next()).rejects.toMatchObject({
    reason: expect.stringMatching(/UNAUTHENTICATED|UNAVAILABLE/),
  })
  stranger.close()
})

test('T-074 what a stranger hears is the same, whatever there is', async () => {
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

test('T-118 the operator is answered on the local socket alone, and no browser is', async () => {
  await using a = await testGateway(HOTLINE)
  const { adminSocket, enrolAddress, healthAddress } = a.gateway
  const status = (channel: ReturnType<typeof openChannel>) =>
    createClient(AdminServiceDefinition, channel)
      .getStatus({})
      .finally(() => channel.close())
  expect(await status(openLocalChannel(adminSocket))).toMatchObject({ organisation: HOTLINE })
  for (const channel of [
    openChannel({ ...a.pin, identity: a.identity }),
    openChannel({ ...a.pin, address: enrolAddress }),
  ]) {
    await expect(status(channel)).rejects.toMatchObject({ reason: 'UNSUPPORTED_VERSION' })
  }
  const ask = async (method: string, options: object) => {
    const asking = request({ method, path: '/rex.admin.v1.AdminService/CreateToken', ...options }).end()
    return await once(asking, 'response').then(
      ([{ statusCode }]) => statusCode as number,
      () => 'no answer',
    )
  }
  const [host, port] = String(healthAddress).split(':')
  expect(await ask('POST', { socketPath: adminSocket })).not.toBe(200)
  expect(await ask('POST', { host, port })).toBe(404)
  expect(await ask('POST', { host, port, path: '/healthz' })).toBe(404)
})

test('a rolled-back statement and one of another gateway are refused', async () => {
  await using a = await testGateway(HOTLINE)
  await expect(a.desk.publish(undefined, Date.now() - 60_000)).rejects.toMatchObject({
    reason: 'STATEMENT_ROLLBACK',
  })
  await using b = await testGateway(NGO)
  const { entityConfiguration } = await b.desk.directory.resolve({ organisation: NGO, refresh: false })
  await expect(a.desk.directory.publish({ entityConfiguration })).rejects.toMatchObject({
    reason: 'STATEMENT_INVALID',
  })
})

test('T-154 /healthz tells what status tells; /livez and /readyz whether to start it again and to send it work', async () => {
  await using a = await testGateway(HOTLINE)
  const ask = (path: string) =>
    new Promise<string>((resolve, reject) => {
      request(`http://${a.gateway.healthAddress}${path}`, (response) => {
        response
          .setEncoding('utf8')
          .on('data', (text: string) => resolve(`${response.statusCode} ${text.trim()}`))
      })
        .on('error', reject)
        .end()
    })
  const all = () => Promise.all(['/livez', '/readyz', '/healthz'].map(ask))
  expect(await all()).toEqual(['200 {"ok":true}', '200 {"ok":true}', '200 {"ok":true}'])
  await a.desk.publish(['elsewhere.example:1'])
  const [live, ready, health = ''] = await all()
  expect([live, ready]).toEqual(['200 {"ok":true}', '200 {"ok":true}'])
  expect(health.slice(0, 4)).toBe('200 ')
  expect(JSON.parse(health.slice(4))).toMatchObject({
    ok: false,
    problems: [{ code: 'statement-disagrees', severity: 'warning' }],
  })
})

test('T-121 neither the log nor a name in the directory shows what passed through', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'debug', write: (line) => lines.push(line) })
  await using a = await testGateway(HOTLINE, { log })
  await using b = await testGateway(NGO, { log })
  await pair(a, b)
  const canary = 'Canary Example, 12 Nowhere Street'
  const submission = testSubmission({ sender: HOTLINE, recipient: NGO })
  const tainted = {
    ...submission,
    manifest: { ...submission.manifest, ciphertext: Buffer.from(canary) },
  } as typeof submission
  const outbox = await a.desk.submit(await a.desk.lease())
  expect((await outbox.send(tainted)).error?.message).not.toContain('Canary')
  await outbox.send(submission)
  await b.desk.receive(await b.desk.lease()).until('stored')
  await expect(a.desk.pair(canary)).rejects.toMatchObject({ reason: 'MALFORMED' })
  expect(lines.length).toBeGreaterThan(0)
  const written = lines.join('\n')
  for (const needle of [
    canary,
    Buffer.from(canary).toString('hex'),
    toHex(submission.deliveries[0]?.routing ?? new Uint8Array()),
  ]) {
    expect(written).not.toContain(needle)
  }
  expect(readFileSync(join(a.directory, 'store.sqlite'), 'latin1')).not.toContain('Canary')
})

test('T-119 keys and socket are for their owner alone', async () => {
  await using a = await testGateway(HOTLINE)
  const keys = join(a.directory, 'keys')
  const secrets = [...readdirSync(keys).map((name) => join(keys, name)), a.gateway.adminSocket]
  for (const path of secrets) expect(statSync(path).mode & 0o077).toBe(0)
  expect(statSync(a.directory).mode & 0o077).toBe(0)
})
