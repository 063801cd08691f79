// Tests of how fast envelopes are read, with the default limits.
import { setImmediate as turn } from 'node:timers/promises'
import { RexError } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { parseConfig } from '../config/config.ts'
import { createPace } from './pace.ts'

const { limits } = parseConfig({
  organisation: 'https://hotline.example',
  listen: '127.0.0.1:7443',
  enrolListen: '127.0.0.1:7444',
})
const malformed = new RexError('MALFORMED', 'Junk.')
const busy = new RexError('QUOTA_EXCEEDED', 'Later.')

/** Simulates a peer that never stops sending. Each of its envelopes is refused with this error. */
async function reading(refusal?: RexError) {
  const clock = virtualClock(0)
  const pace = createPace(clock, limits)
  const seen = { read: 0 }
  void (async () => {
    for (; seen.read < 200_000; seen.read++) {
      await pace.ready('https://flooder.example')
      if (refusal) pace.refused('https://flooder.example', refusal)
    }
  })()
  await turn()
  return { clock, pace, seen }
}

test('T-129 REX-DLV-108 an envelope counts before it is parsed, and counts more when it is refused', async () => {
  const { clock, pace, seen } = await reading(malformed)
  const most = (2 * limits.burst) / 32
  expect(seen.read).toBeLessThanOrEqual(most)
  expect(seen.read).toBeGreaterThan(most - 10)
  await clock.advance(1000)
  await turn()
  expect(seen.read).toBeLessThanOrEqual(most + (2 * limits.perSecond) / 32 + 1)
  await pace.ready('https://honest.example')
})

test('REX-DLV-108 a peer within its rate never waits, not even for envelopes that it is asked to send again', async () => {
  for (const refusal of [undefined, busy]) {
    const { seen } = await reading(refusal)
    expect(seen.read).toBeGreaterThanOrEqual(2 * limits.burst)
  }
})
