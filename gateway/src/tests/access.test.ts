// Tests who may call which service, and that secrets do not appear in log and files.
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
import { RexError, toHex } from '@rex/sdk/core'
import { createClient, openChannel, openLocalChannel } from '@rex/sdk/transport'
import type { TsProtoServiceDefinition } from 'nice-grpc/lib/service-definitions/ts-proto.js'
import { expect, test } from 'vitest'
import { systemClock } from '../clock/clock.ts'
import { createLog } from '../telemetry/log.ts'
import { testSubmission } from '../testing/envelope.ts'
import { pair, testGateway } from '../testing/gateway.ts'
import { openKeys } from '../trust/keys.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'

/** Who may call each service of the schema on the listener for gateways and desks. A service that is not listed must refuse every caller. */
const CALLERS: Readonly<Record<string, 'gateway' | 'desk' | 'nobody'>> = {
  'rex.admin.v1.AdminService': 'nobody',
  'rex.federation.v1.DeliveryService': 'gateway',
  'rex.federation.v1.EntityService': 'gateway',
  'rex.mailbox.v1.DirectoryService': 'desk',
  'rex.mailbox.v1.EnrolmentService': 'nobody',
  'rex.mailbox.v1.MailboxService': 'desk',
  'rex.mailbox.v1.RenewalService': 'desk',
}

/** Returns every service of the schema, from the generated code. */
async function definitions(): Promise<TsProtoServiceDefinition[]> {
  const generated = fileURLToPath(new URL('../../../proto/gen', import.meta.url))
  const files = readdirSync(generated, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('_service.ts'),
  )
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(generated, file)).href)))
  return modules.flatMap((module) => Object.values(module as object)).filter((value) => 'methods' in value)
}

/** Returns the reason with which a method refuses an empty request. */
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

test('T-067 every method of every service refuses all but its own callers', async () => {
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

test('T-029 an organisation that is not paired cannot connect', async () => {
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

test('T-118 only the local socket answers the operator, and it answers no browser', async () => {
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

test('T-121 neither the log nor a name in the directory reveals the content that passed through', async () => {
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

test('T-119 only their owner can read keys and use the socket', async () => {
  await using a = await testGateway(HOTLINE)
  const keys = join(a.directory, 'keys')
  const secrets = [...readdirSync(keys).map((name) => join(keys, name)), a.gateway.adminSocket]
  for (const path of secrets) expect(statSync(path).mode & 0o077).toBe(0)
  expect(statSync(a.directory).mode & 0o077).toBe(0)
})
