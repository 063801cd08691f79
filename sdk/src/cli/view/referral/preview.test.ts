// Tests of previews and findings. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import type { Referral, Severity } from '../../../core/referral/index.ts'
import { plain } from '../../output/lines.ts'
import { errorsOf, findingLines } from './findings.ts'
import { previewLines } from './preview.ts'

const finding = (severity: Severity) => ({
  severity,
  path: 'triage.risk',
  message: 'is missing',
  fix: 'Fill it in.',
})
const text = (lines: Parameters<typeof plain>[0][]) => lines.map(plain).join('\n')

test('each finding names place, problem and remedy; the last line says whether the referral can be sent', () => {
  expect(text(findingLines([finding('error'), finding('info')]))).toBe(
    'error    triage.risk is missing\n         Fill it in.\ninfo     triage.risk is missing\n         Fill it in.\n\n1 error: this cannot be sent.',
  )
  expect(text(findingLines([finding('warning')]))).toContain('1 remark: this can be sent')
  expect(text(findingLines([]))).toBe('Nothing to improve.')
  expect(errorsOf([finding('warning'), finding('error')])).toEqual([finding('error')])
})

test('the preview shows the rehearsal mark, and who gets which sections when', () => {
  const recipient = {
    organisation: 'https://ngo.example',
    suite: 'REX-2',
    sections: ['triage', 'handling'],
    staged: ['people'],
    bytes: 5300,
  } as const
  const presets = [{ path: 'handling', preset: 'standard', content: { tlp: 'red' } }]
  const preview = {
    recipients: [recipient],
    findings: [],
    presets,
    notices: [
      {
        path: 'items[0].url',
        code: 'scheme-case',
        message: 'has its scheme written in lower case',
        values: {},
        count: 1,
      } as const,
    ],
  }
  const lines = (test: boolean) => text(previewLines({ kind: 'victim-support', test } as Referral, preview))
  expect(lines(true)).toContain('Victim support  TEST TRAFFIC')
  expect(lines(false)).toContain('Victim support  A REAL CASE')
  expect(lines(true)).toContain(
    'to https://ngo.example  REX-2, 5.2 KiB sealed\n  at once    Triage card, Handling\n  held back  People',
  )
  expect(lines(true)).toContain('changed  items[0].url has its scheme written in lower case')
  expect(lines(true)).toMatch(/The preset "standard" of handling stands for:\n.*red/)
})
