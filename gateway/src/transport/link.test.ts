// Tests of a dialled link whose other end sends unrequested answers.
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { DeliverResponse, Hello } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import {
  createServer,
  openLocalChannel,
  overheadExceeded,
  service,
  type toErrorDetail,
} from '@rex/sdk/transport'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/directory.ts'
import { refusal } from '../testing/link.ts'
import { openLink } from './link.ts'

const MANY = 100_000
const hello: Hello = {
  versions: [1],
  maxEnvelopeBytes: 1000,
  window: 4,
  build: 'test',
  incarnation: new Uint8Array(16),
  timeMs: 0,
}

function outcome(sequence: number): DeliverResponse {
  const { error } = refusal('OVERLOADED', 'Later.') as { error: ReturnType<typeof toErrorDetail> }
  return {
    content: {
      $case: 'outcome',
      value: { sequence, result: { $case: 'refused', value: error }, urgentOverBudget: false },
    },
  }
}

/** Opens a link to a gateway that greets, waits for `envelopes` and then sends this answer repeatedly. */
async function linkTo(envelopes: number, say: (i: number) => DeliverResponse) {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'other.sock')
  const gone = Promise.withResolvers<number>()
  const other = service(DeliveryServiceDefinition, {
    async *deliver(requests): AsyncIterable<DeliverResponse> {
      const requested = requests[Symbol.asyncIterator]()
      let said = 0
      try {
        await requested.next()
        yield { content: { $case: 'hello', value: hello } }
        for (let i = 0; i < envelopes; i++) await requested.next()
        while (said < MANY) yield say(++said)
      } finally {
        gone.resolve(said)
      }
    },
  })
  const server = await createServer({ listen: { path }, services: [other] })
  const channel = openLocalChannel(path)
  const cutOff = new AbortController()
  const link = await openLink({
    channel,
    endpoint: 'x',
    hello,
    greetMs: 10_000,
    urgentOverBudget() {},
    signal: cutOff.signal,
  })
  return {
    link,
    cutOff,
    gone: gone.promise,
    async [Symbol.asyncDispose]() {
      link.close()
      await server.close({ drainMs: 0 })
      directory[Symbol.dispose]()
    },
  }
}

test('T-134 an unrequested outcome ends the link', async () => {
  await using other = await linkTo(0, (i) => outcome(i))
  expect(await other.link.ended).toMatchObject({ reason: 'MALFORMED' })
  await other.gone
})

test('T-134 a link broken by the other side does not keep a stopped gateway running', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  {
    await using other = await linkTo(0, (i) => outcome(i))
    await other.link.ended
    await other.gone
  }
  for (let turns = 0; turns < 1000 && timers() > before; turns++) await turn()
  expect(timers()).toBeLessThanOrEqual(before)
})

test('T-134 a second outcome for an envelope ends the link; the first one counts', async () => {
  await using other = await linkTo(1, () => outcome(1))
  expect(await other.link.deliver(new Uint8Array(9))).toMatchObject({ kind: 'refused' })
  expect(await other.link.ended).toMatchObject({ reason: 'MALFORMED' })
  await other.gone
})

test('T-134 a message that is not an outcome ends the link', async () => {
  for (const content of [undefined, { $case: 'hello' as const, value: hello }]) {
    await using other = await linkTo(0, () => ({ content }))
    expect(await other.link.ended).toMatchObject({ reason: 'MALFORMED' })
  }
})

test('REX-DLV-109 a link that is cut off ends with the reason, which status shows', async () => {
  await using other = await linkTo(1, () => outcome(1))
  other.cutOff.abort(overheadExceeded())
  expect(await other.link.ended).toMatchObject({ reason: 'QUOTA_EXCEEDED' })
  await expect(other.link.deliver(new Uint8Array(9))).rejects.toMatchObject({ reason: 'QUOTA_EXCEEDED' })
  await other.gone
})
