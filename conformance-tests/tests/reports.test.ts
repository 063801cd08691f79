import { expect, test } from 'vitest'
import { coverage } from '../runner/coverage.ts'
import { htmlReport } from '../runner/reports/html.ts'
import { junitReport } from '../runner/reports/junit.ts'
import { jsonReport, type ReportHead, terminalReport } from '../runner/reports/report.ts'
import type { RunResult } from '../runner/run.ts'
import type { Outcome, Verdict } from '../runner/verdict.ts'

const HOSTILE = '<script>alert(1)</script>&"\u0000\u001b[31m\ud800'

const verdict = (name: string, outcome: Outcome, more: Partial<Verdict> = {}): Verdict => ({
  suite: 'codec',
  name,
  title: `Title of ${name}.`,
  requirements: ['REX-ENV-001'],
  features: ['REX-1'],
  outcome,
  expected: 'refused with MALFORMED',
  received: 'accepted',
  ...more,
})
const RESULT: RunResult = {
  target: { version: 1, name: HOSTILE, features: [HOSTILE] },
  verdicts: [
    verdict('good', 'passed', { features: [] }),
    verdict('lacking', 'skipped'),
    verdict('bad', 'failed', {
      received: HOSTILE,
      exchange: { steps: ['{"do":"open"}', HOSTILE], lastFailed: true, leftOut: 2 },
    }),
    verdict('gone', 'crashed', { suite: 'thread' }),
  ],
}
const defined = new Map([
  ['REX-ENV-001', { text: 'An envelope MUST be canonical.', binds: new Set(['receiver']) }],
  ['REX-THR-001', { text: 'A thread.', binds: new Set(['receiver', 'sender']) }],
])
const HEAD: ReportHead = {
  target: 'a <target>',
  repeat: 'rex-conformance run --target x',
  kind: 'codec',
  made: new Date('2026-11-30T12:34:56Z'),
  textOf: (id) => defined.get(id)?.text,
  coverage: coverage([{ name: 'bad', requirements: ['REX-ENV-001'] } as never], defined),
}

test('the page shows figures, coverage and each failure; text of a target never becomes markup', () => {
  const page = htmlReport(RESULT, HEAD)
  expect(page).not.toMatch(/<script|<target>|(?!\n)\p{Cc}|\p{Cs}/u)
  expect(page).toContain('2 of 4 cases failed.')
  const bars = [...page.matchAll(/<th scope="row">([a-z ]+)<\/th>.*?<td>(\d of \d)<\/td>/g)]
  expect(bars.map(([, name, share]) => `${name} ${share}`)).toEqual([
    'envelope 1 of 1',
    'thread 0 of 1',
    'programs that receive 1 of 2',
    'programs that send 0 of 1',
  ])
  for (const shown of ['An envelope MUST be canonical.', '--case bad', '--case gone', 'Title of gone.'])
    expect(page).toContain(shown)
  expect(page).not.toContain('Title of good.')
})

test('the page states when there are no failures; a run without the specification has no coverage', () => {
  const page = htmlReport(
    { ...RESULT, verdicts: [verdict('good', 'passed')] },
    { ...HEAD, coverage: undefined },
  )
  expect(page).toContain('Every case passed or was skipped.')
  expect(page).not.toMatch(/<h2>(Failures|How much)/)
})

test('JUnit XML counts failures and skipped cases, and has no character that XML forbids', () => {
  const xml = junitReport(RESULT, HEAD)
  expect(xml).toContain('<testsuite name="codec" tests="3" failures="1" skipped="1">')
  expect(xml).toContain('<testsuite name="thread" tests="1" failures="1" skipped="0">')
  expect(xml).toContain('<failure type="failed" message="Title of bad.">')
  expect(xml).not.toMatch(/<script|(?!\n)\p{Cc}|\p{Cs}/u)
  const tags = [...xml.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)]
  const open: string[] = []
  for (const [, closing, name = '', self] of tags)
    if (closing) expect(open.pop()).toBe(name)
    else if (!self) open.push(name)
  expect(open).toEqual([])
})

test('the terminal shows text of a target without control characters; the JSON report has the command of each case', () => {
  const text = terminalReport(RESULT, HEAD)
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u)
  expect(text).toContain('  step 1    {"do":"open"}\n')
  expect(text).toContain('2 earlier steps are left out')
  expect(JSON.parse(jsonReport(RESULT, HEAD)).cases[2]).toMatchObject({
    name: 'bad',
    repeat: 'rex-conformance run --target x --case bad',
  })
})
