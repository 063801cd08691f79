// Tests of the in-flight window to one organisation.
import { randomBytes } from 'node:crypto'
import { keptAt } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { refusal } from '../testing/link.ts'
import { testStore } from '../testing/store.ts'
import { InFlightWindow } from './in-flight-window.ts'
import type { Answer } from './link.ts'

const NGO = 'https://ngo.example'
const MEBIBYTE = 1024 * 1024
const WINDOW = 256

test('REX-DLV-101 REX-DLV-009 envelopes in flight are limited in bytes and in number, and continue when there is room', async () => {
  await using store = testStore()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  const add = (count: number, bytes: number, urgent: boolean) =>
    store.commit((write) => {
      for (let i = 0; i < count; i++)
        write.outbox.add({
          shared: new Uint8Array(),
          deliveries: [
            {
              envelopeId: randomBytes(16),
              recipient: NGO,
              urgent,
              submittedMs: clock.steady(),
              expiresMs: clock.now() + 1e9,
              own: new Uint8Array(bytes),
              bytes,
            },
          ],
        })
    })
  await add(40, MEBIBYTE, false)
  await add(4, MEBIBYTE, true)
  const inFlight = new InFlightWindow({
    organisation: NGO,
    store,
    clock,
    time: createGatewayTime(clock, keptAt(clock.now()), () => []),
    random: () => 0,
    limits: { minMs: 10_000, maxMs: 60_000, window: WINDOW, answerMs: 30_000 },
    outcomes: {
      refused: (envelope: { id: number }) => store.commit((write) => void write.outbox.remove(envelope.id)),
    } as never,
    envelopeOf: ({ own }) => own,
    changed: () => {},
  })
  const unanswered: ((answer: Answer) => void)[] = []
  const link = {
    window: WINDOW,
    maxEnvelopeBytes: MEBIBYTE,
    deliver: () => new Promise<Answer>((resolve) => unanswered.push(resolve)),
  } as never
  inFlight.fill(link)
  expect(unanswered.length).toBe(20)
  expect(inFlight.answerDueMs()).toBe(clock.steady() + 30_000 + ((1024 - 256) / 16) * 1000)
  const answerAll = async () => {
    for (const answer of unanswered.splice(0)) answer(refusal('EXPIRED', 'Too late.'))
    await expect.poll(() => inFlight.answerDueMs()).toBe(Number.POSITIVE_INFINITY)
  }
  await answerAll()
  inFlight.fill(link)
  expect(unanswered.length).toBe(16)
  await answerAll()
  await add(2 * WINDOW, 100, false)
  inFlight.fill(link)
  expect(unanswered.length).toBe(WINDOW - WINDOW / 8)
  await answerAll()
  inFlight.rewind()
  for (const allowed of [1, 2, 4]) {
    inFlight.fill(link)
    expect(unanswered.length, 'after the link broke, each answer allows one more').toBe(allowed)
    expect(inFlight.nextMs(), 'a full window waits for answers, not for time').toBe(Number.POSITIVE_INFINITY)
    await answerAll()
  }
})
