// End-to-end tests of desks and their gateways: sending, receiving, publishing and queries.
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Delivery, ReceiveResponse, SubmitRequest } from '@rex/proto/mailbox/v1/mailbox'
import { parseStoredReceipt } from '@rex/sdk/core'
import { createQueue, fromErrorDetail } from '@rex/sdk/transport'
import { expect, test } from 'vitest'
import { testSubmission } from '../testing/envelope.ts'
import { pair, testGateway } from '../testing/gateway.ts'

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

test('REX-MBX-027 submissions that arrive together are answered separately', async () => {
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

test.each([
  ['begins with 0', [0]],
  ['repeats', [1, 1]],
  ['descends', [2, 1]],
])('REX-MBX-020 a sequence that %s ends the stream', async (_name, sequences) => {
  await using a = await testGateway(HOTLINE)
  const submissions = sequences.map((sequence) => ({
    ...testSubmission({ sender: HOTLINE, recipient: NGO }),
    sequence,
  }))
  const requests = createQueue<SubmitRequest>()
  requests.offer({ content: { $case: 'open', value: { fence: await a.desk.lease() } } })
  requests.offer({ content: { $case: 'submissions', value: { submissions } } })
  const answers = a.desk.mailbox.submit(requests)[Symbol.asyncIterator]()
  expect((await answers.next()).value).toMatchObject({ sequence: 0 })
  await expect(answers.next()).rejects.toMatchObject({ reason: 'MALFORMED' })
})

test('waiting mail survives a restart on both sides, and is served again with its count', async () => {
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

test('a second desk store gets the mailbox only by takeover; the streams of the first then end with LEASE_LOST', async () => {
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

test('T-154 /healthz reports the same as status; /livez says whether to restart, /readyz whether to send work', async () => {
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
