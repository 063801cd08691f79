// Tests of the enrolment limits: which networks must wait while unknown clients send invalid tokens.
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { createAttempts } from './attempts.ts'

const refused = expect.objectContaining({ reason: 'QUOTA_EXCEEDED' })

test('T-037 T-133 a network with too many failed attempts is refused; other networks and successful attempts are not', async () => {
  const clock = virtualClock(0)
  const attempts = createAttempts(clock)
  for (let i = 0; i < 20; i++) {
    attempts.admit('192.0.2.1')
    attempts.failed('192.0.2.1')
  }
  expect(() => attempts.admit('192.0.2.1')).toThrow(refused)
  for (let i = 0; i < 1000; i++) attempts.admit('192.0.2.2')
  await clock.advance(5000)
  attempts.admit('192.0.2.1')
})

test('T-133 when attempts from many networks fail, only networks without a failed attempt may try', () => {
  const attempts = createAttempts(virtualClock(0))
  for (let i = 0; i < 200; i++) attempts.failed(`198.51.100.${i}`)
  expect(() => attempts.admit('198.51.100.7')).toThrow(refused)
  attempts.admit('192.0.2.2')
})
