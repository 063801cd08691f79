// Tests of exit codes and error texts. docs/guide/rex-desk.md
import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { RexError } from '../core/error.ts'
import { errorJson, errorLines, exitCodeOf, interrupted, UsageError } from './exit.ts'
import { plain } from './output/lines.ts'

test('each way to fail has its exit code', () => {
  expect(exitCodeOf(new RexError('INVALID_EVENT', 'Not now.'))).toBe(1)
  expect(exitCodeOf(new RexError('UNAVAILABLE', 'Gateway away.'))).toBe(75)
  expect(exitCodeOf(new RexError('STORE_FAILED', 'The keystore is damaged.'))).toBe(1)
  expect(exitCodeOf(new UsageError('Which?', 'Say which.'))).toBe(2)
  expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', 'error'))).toBe(2)
  expect(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', ''))).toBe(0)
  expect(exitCodeOf(interrupted())).toBe(130)
  expect(exitCodeOf(new RexError('CANCELLED', 'Ended.'))).toBe(130)
  expect(exitCodeOf(new TypeError('bug'))).toBe(1)
})

test('an error states problem, path and remedy', () => {
  const error = new RexError('INVALID_REFERRAL', 'This field is not known.', {
    path: 'people[0].nmaes',
    hint: 'Did you mean names?',
  })
  expect(errorLines(error).map(plain)).toEqual([
    'rex-desk: This field is not known.',
    '  at people[0].nmaes',
    '  Did you mean names?',
  ])
  expect(errorJson(error)).toEqual({
    error: {
      reason: 'INVALID_REFERRAL',
      message: 'This field is not known.',
      hint: 'Did you mean names?',
      path: 'people[0].nmaes',
      exitCode: 1,
    },
  })
})

test('the message for a missing file says so in words', () => {
  const error = Object.assign(new Error('ENOENT: no such file'), {
    code: 'ENOENT',
    syscall: 'open',
    path: 'a.json',
  })
  expect(errorLines(error).map(plain)[0]).toBe('rex-desk: There is no such file: a.json')
})

test('T-121 an unexpected error does not print its message, which may carry case data', () => {
  const texts =
    errorLines(new Error('Amina')).map(plain).join('\n') + JSON.stringify(errorJson(new Error('Amina')))
  expect(texts).not.toContain('Amina')
})
