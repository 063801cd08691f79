import type { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { parseStoredReceipt } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { testSubmission } from './testing/envelope.ts'
import { pair, testGateway } from './testing/gateway.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'

test('an envelope goes from desk to desk, and its receipt comes back', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await pair(a, b)
  const [fenceA, fenceB] = await Promise.all([a.desk.lease(), b.desk.lease()])
  const inboxA = a.desk.receive(fenceA)
  const inboxB = b.desk.receive(fenceB)
  const outbox = await a.desk.submit(fenceA)
  const submission = testSubmission({ sender: HOTLINE, recipient: NGO })
  expect((await outbox.send(submission)).error).toBeUndefined()
  const stored = await inboxB.until('stored')
  const report = await inboxA.until('report')
  if (stored.content?.$case !== 'stored' || report.content?.$case !== 'report') throw new Error('unexpected')
  const { receipt } = stored.content.value
  const { outcome } = report.content.value as DeliveryReport
  expect(outcome).toEqual({ $case: 'stored', value: receipt })
  expect(parseStoredReceipt(receipt as never).receipt).toMatchObject({ sender: HOTLINE, recipient: NGO })
})
