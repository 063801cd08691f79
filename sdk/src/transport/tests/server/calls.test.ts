// Tests of calls over a real connection. docs/spec/delivery.md, "Calls"
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import type { DeliverRequest, DeliverResponse } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { afterEach, expect, test } from 'vitest'
import { createClient } from '../../calling/client.ts'
import { createQueue } from '../../messages/queue.ts'
import { HealthDefinition } from '../../service/health.ts'
import { service } from '../../service/service.ts'
import { a, ask, cleanup, closeAll, dial, hello, serve } from './fixture.ts'

afterEach(closeAll)

test('a paired gateway and an enrolled desk are known by their certificates', async () => {
  const server = await serve()
  expect(await ask(dial(server))).toEqual({ entityConfiguration: 'https://b.example asks for x' })
  expect(await ask(dial(server, { identity: a.desk }))).toEqual({
    entityConfiguration: 'https://a.example#desk asks for x',
  })
  expect(server.connected().map(({ uri }) => uri)).toEqual(['https://b.example', 'https://a.example#desk'])
})

test('a refusal arrives with its reason, message and metadata', async () => {
  const refusal = {
    name: 'RexError',
    reason: 'CLOCK_SKEW',
    message: 'Your clock is wrong.',
    metadata: { time: '7' },
  }
  await expect(ask(dial(await serve()), 'refuse')).rejects.toMatchObject(refusal)
})

test('T-121 a fault arrives as INTERNAL without its text, which stays in the log of the server', async () => {
  const faults: unknown[] = []
  const error = await ask(dial(await serve({ onFault: (fault) => faults.push(fault) })), 'fail').catch(
    (e) => e,
  )
  expect(error).toMatchObject({ reason: 'INTERNAL', message: 'Internal error.' })
  expect(JSON.stringify([error, error.cause, String(error.cause)])).not.toContain('canary')
  expect(faults).toEqual([new Error('canary')])
})

test('a stream answers many requests and ends with the caller', async () => {
  const requests = createQueue<DeliverRequest>(8)
  const answers = createClient(DeliveryServiceDefinition, dial(await serve())).deliver(requests)
  const sending = (async () => {
    for (let i = 0; i < 100; i++) await requests.push(hello)
    requests.end()
  })()
  let count = 0
  for await (const answer of answers) count += answer.content?.$case === 'hello' ? 1 : 0
  await sending
  expect(count).toBe(100)
})

test('a stream whose caller leaves ends at the server', async () => {
  const left = Promise.withResolvers<AbortSignal>()
  const deliver = async function* (
    _requests: AsyncIterable<DeliverRequest>,
    { signal }: { signal: AbortSignal },
  ): AsyncIterable<DeliverResponse> {
    yield { content: hello.content as DeliverResponse['content'] }
    await once(signal, 'abort')
    left.resolve(signal)
  }
  const server = await serve({ services: [service(DeliveryServiceDefinition, { deliver })] })
  for await (const _ of createClient(DeliveryServiceDefinition, dial(server)).deliver(createQueue())) break
  expect((await left.promise).reason).toMatchObject({ reason: 'CANCELLED' })
})

test('a deadline and a signal end a call', async () => {
  const channel = dial(await serve())
  await expect(ask(channel, 'sleep', { deadlineMs: 50 })).rejects.toMatchObject({
    reason: 'DEADLINE_EXCEEDED',
  })
  const signal = AbortSignal.timeout(50)
  await expect(ask(channel, 'sleep', { signal })).rejects.toMatchObject({ reason: 'CANCELLED' })
})

test('a call to a server that accepts connections but never answers ends at its deadline', async () => {
  const silent = createTcpServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  cleanup.push(() => silent.close())
  const { port } = silent.address() as { port: number }
  const channel = dial({ address: `127.0.0.1:${port}` }, { connectMs: 50 })
  await expect(ask(channel, 'x', { deadlineMs: 5000 })).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
})

test('health checks are open to every connected peer', async () => {
  const health = createClient(HealthDefinition, dial(await serve()))
  expect(await health.check({ service: '' })).toEqual({ status: 1 })
  await expect(health.check({ service: 'x' })).rejects.toMatchObject({ reason: 'NOT_FOUND' })
})
