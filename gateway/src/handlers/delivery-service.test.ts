// Tests of how a Deliver stream begins.
import type { DeliverRequest, Hello } from '@rex/proto/federation/v1/delivery'
import { RexError } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { deliveryService } from './delivery-service.ts'

const hello = (versions: number[]): Hello => ({
  versions,
  maxEnvelopeBytes: 1000,
  window: 4,
  build: 'test',
  incarnation: new Uint8Array(16),
  timeMs: 0,
})

/** Returns the error with which the service refuses a caller that begins with these requests. */
async function begin(...requests: DeliverRequest['content'][]) {
  const heard: string[] = []
  const service = deliveryService({
    accept: () => Promise.reject(new RexError('QUOTA_EXCEEDED', 'Too much.')),
    pace: { ready: async () => {}, refused() {} },
    hello: () => hello([1]),
    alive: (organisation) => heard.push(organisation),
    greeted: async () => {},
    urgentOverBudget: () => false,
    onRefusal: () => {},
  })
  const { signal } = new AbortController()
  const caller = { kind: 'gateway', organisation: 'https://hotline.example' }
  const context = { caller, signal, draining: signal } as unknown as Parameters<typeof service.deliver>[1]
  async function* stream() {
    for (const content of requests) yield { content }
  }
  for await (const { content } of service.deliver(stream(), context)) heard.push(content?.$case ?? '')
  return heard
}

test('REX-DLV-008 a greeting is answered with a greeting', async () => {
  expect(await begin({ $case: 'hello', value: hello([1, 2]) })).toEqual(['https://hotline.example', 'hello'])
})

test('REX-DLV-008 a peer without a common version is told so, before any other check', async () => {
  for (const versions of [[], [2, 3]])
    await expect(begin({ $case: 'hello', value: hello(versions) })).rejects.toMatchObject({
      reason: 'UNSUPPORTED_VERSION',
    })
})

test('REX-DLV-016 a stream that begins with something else, or greets twice, is malformed', async () => {
  const envelope = { $case: 'envelopes' as const, value: { envelopes: [new Uint8Array(1)] } }
  const empty = { $case: 'envelopes' as const, value: { envelopes: [] } }
  const greeting = { $case: 'hello', value: hello([1]) } as const
  for (const requests of [[], [envelope], [undefined], [greeting, greeting], [greeting, empty]])
    await expect(begin(...requests)).rejects.toMatchObject({ reason: 'MALFORMED' })
})

test('T-129 the buffer of a large envelope in a message of its own is reused once it is answered; other envelopes share the buffer of their message', async () => {
  const large = () => new Uint8Array(64 * 1024)
  const [alone, first, second] = [large(), large(), large()]
  const sent = [[alone], [first, second]].map((envelopes) => ({
    $case: 'envelopes' as const,
    value: { envelopes },
  }))
  const heard = await begin({ $case: 'hello', value: hello([1]) }, ...sent)
  expect(heard.slice(2)).toEqual(['outcome', 'outcome', 'outcome'])
  expect([alone, first, second].map(({ length }) => length)).toEqual([0, 64 * 1024, 64 * 1024])
})

test('T-130 REX-DLV-104 envelopes of two peers that arrive together take turns', async () => {
  const taken: string[] = []
  const service = deliveryService({
    accept: async (peer) => {
      taken.push(peer)
      throw new RexError('QUOTA_EXCEEDED', 'Too much.')
    },
    pace: { ready: async () => {}, refused() {} },
    hello: () => ({ ...hello([1]), window: 256 }),
    alive: () => {},
    greeted: async () => {},
    urgentOverBudget: () => false,
    onRefusal: () => {},
  })
  async function send(organisation: string, count: number): Promise<void> {
    const { signal } = new AbortController()
    const caller = { kind: 'gateway', organisation }
    const context = { caller, signal, draining: signal } as unknown as Parameters<typeof service.deliver>[1]
    const envelopes = Array.from({ length: count }, () => new Uint8Array(1))
    async function* stream() {
      yield { content: { $case: 'hello' as const, value: hello([1]) } }
      yield { content: { $case: 'envelopes' as const, value: { envelopes } } }
    }
    for await (const _ of service.deliver(stream(), context));
  }
  const [flooder, honest] = ['https://flooder.example', 'https://honest.example']
  await Promise.all([send(flooder, 200), send(honest, 8)])
  expect(taken).toHaveLength(208)
  expect(taken.lastIndexOf(honest)).toBeLessThan(64)
})
