// End-to-end tests of large envelopes. docs/adr/0026-buffers-are-given-back.md
import { parseEnvelope, parseStoredReceipt, toHex } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { testSubmission } from '../testing/envelope.ts'
import { pair, testGateway } from '../testing/gateway.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const SIZES = [200, 20_000, 40_000, 100_000, 200_000, 500_000, 900_000]

test('T-129 envelopes of every size arrive whole, many at a time, while their buffers are reused', async () => {
  await using a = await testGateway(HOTLINE)
  await using b = await testGateway(NGO)
  await pair(a, b)
  const outbox = await a.desk.submit(await a.desk.lease())
  const inbox = b.desk.receive(await b.desk.lease(), 8)
  const sizes = [...SIZES, ...SIZES, ...SIZES]
  const submissions = sizes.map((size) =>
    testSubmission({ sender: HOTLINE, recipient: NGO, size, sections: [] }),
  )
  const answers = Promise.all(submissions.map((submission) => outbox.send(submission)))
  const lengths: number[] = []
  while (lengths.length < sizes.length) {
    const { content, cursor } = await inbox.until('stored')
    if (content?.$case !== 'stored' || content.value.receipt === undefined) throw new Error('Not stored.')
    const { envelope, receipt } = content.value
    const { digest } = parseEnvelope(envelope)
    expect(toHex(parseStoredReceipt(receipt).receipt.envelopeDigest)).toBe(toHex(digest))
    lengths.push(envelope.length)
    inbox.settle([cursor])
  }
  for (const { error } of await answers) expect(error).toBeUndefined()
  expect(lengths.filter((length) => length > 900_000)).toHaveLength(3)
})
