// The forms of the field and the oddities in ../shared/cases/content, or in the directory that REX_CONTENT names, behave as their names
// say. Without them, the tests are skipped. docs/spec/referral.md, "Validation" and "Lint"
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expandPresets, lint, parseReferral, problemsOf } from '@rex/sdk/referral'
import { describe, expect, test } from 'vitest'

const CASES = new URL('../../../shared/cases/content', import.meta.url).pathname
const FOLDER = process.env.REX_CONTENT ?? CASES
const NOW = Date.parse('2026-11-29T12:00Z')

const namesOf = (folder: string): string[] =>
  existsSync(`${FOLDER}/${folder}`) ? readdirSync(`${FOLDER}/${folder}`).sort() : []

/** Everything that is said about a file: problems as errors, then the findings of the lint. */
function said(path: string): string[] {
  const draft: unknown = JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8'))
  try {
    const referral = parseReferral(expandPresets(draft).referral)
    return lint(referral, { now: NOW }).map(({ severity, path, message }) => `${severity} ${path} ${message}`)
  } catch (error) {
    return problemsOf(error).map(
      ({ path, message, suggestion }) => `error ${path} ${message} ${suggestion ?? ''}`,
    )
  }
}
const errors = (path: string) => said(path).filter((finding) => finding.startsWith('error'))

/** What has a field of another name, or belongs to another place: the refusal names it. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  'g03-living-situation.json': 'careArrangement',
  'g14-consent-for-services.json': 'forServices',
  'g24-item-server-address.json': 'addresses',
  'g33-incident-place.json': 'places',
  'g38-due-without-reason.json': 'triage.neededBy',
}
/** A form that lists the same page twice. */
const TWICE = '10-hotline-iccam.json'

describe.skipIf(namesOf('forms').length === 0)('content of the field', () => {
  test.each(namesOf('forms'))('the form %s can be sent', (name) => {
    const expected = name === TWICE ? ['error items[7] is the same content as items[0]'] : []
    expect(errors(`forms/${name}`)).toEqual(expected)
  })

  test.each(namesOf('fail'))('%s can be said, or the refusal names the field that says it', (name) => {
    const meant = NAMED_OTHERWISE[name]
    if (meant === undefined) expect(errors(`fail/${name}`)).toEqual([])
    else expect(errors(`fail/${name}`).join()).toContain(meant)
  })

  const probes = (...starts: readonly string[]) =>
    namesOf('probe').filter((name) => starts.some((start) => name.startsWith(start)))

  test.each(probes('address-shared', 'answered-', 'channel-to', 'leak-', 'never-', 'ip-nonsense'))(
    '%s is an error',
    (name) => {
      expect(errors(`probe/${name}`)).not.toEqual([])
    },
  )

  test.each(probes('false-'))('%s is no error', (name) => {
    expect(errors(`probe/${name}`)).toEqual([])
  })

  test.each(
    probes(
      'contradict-',
      'age-vs',
      'consent-assent',
      'consent-not',
      'consent-subject',
      'dob-in-future',
      'domain-is',
      'email-value',
      'expires-before',
      'ip-time',
      'language-eng',
      'period-future',
      'relationship-self',
      'safe-time',
      'stateless',
      'through-',
      'ucs-',
      'url-defanged',
      'url-javascript',
      'url-space',
    ),
  )('%s is found', (name) => {
    expect(said(`probe/${name}`).filter((finding) => !finding.startsWith('info'))).not.toEqual([])
  })
})
