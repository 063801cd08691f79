// Tests validation and lint with real-world forms and oddities in ../shared/cases/content, or in the directory REX_CONTENT. Skipped if
// there are none. docs/spec/referral.md, "Validation" and "Lint"
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expandPresets, lint, parseReferral, problemsOf } from '@rex/sdk/referral'
import { describe, expect, test } from 'vitest'

const CASES = new URL('../../../shared/cases/content', import.meta.url).pathname
const FOLDER = process.env.REX_CONTENT ?? CASES
const NOW = Date.parse('2026-11-29T12:00Z')

const namesOf = (folder: string): string[] =>
  existsSync(`${FOLDER}/${folder}`) ? readdirSync(`${FOLDER}/${folder}`).sort() : []

/** Returns all messages about a file: problems as errors, then the findings of the lint. */
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

/** Returns the codes of the findings, or the paths of the problems. */
function codes(path: string): string[] {
  const draft: unknown = JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8'))
  try {
    return lint(parseReferral(expandPresets(draft).referral), { now: NOW }).map(({ code }) => code)
  } catch (error) {
    return problemsOf(error).map((problem) => `refused ${problem.path}`)
  }
}

/** Fields with another name or in another place, with the correct field that the refusal must suggest. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  'g03-living-situation.json': 'careArrangement',
  'g14-consent-for-services.json': 'forServices',
  'g24-item-server-address.json': 'addresses',
  'g33-incident-place.json': 'places',
  'g38-due-without-reason.json': 'triage.neededBy',
}
/** Expected results for each oddity: codes of findings, or paths that a refusal reports. */
const PROBES: Readonly<Record<string, readonly string[]>> = {
  'abuse-domestic': [],
  'abuse-other-no-note': ['other-unexplained'],
  'address-shared-with-forbidden': ['address-shared'],
  'age-vs-dob': ['contradiction'],
  'ageband-unborn': ['contradiction'],
  'answered-by-forbidden': ['reaches-not-told'],
  'answered-by-must-not-contact': ['reaches-not-contacted'],
  'answered-by-never-person': ['reaches-not-contacted'],
  'area-name-only': [],
  'area-name-only2': [],
  'channel-to-suspect': ['reaches-suspected'],
  'consent-assent-false': ['contradiction'],
  'consent-not-for-principal': ['consent-for-others'],
  'consent-subject-contradiction': ['contradiction'],
  'consent-withholding-list': [],
  'contradict-ageband-dob': ['contradiction'],
  'contradict-children-count': ['contradiction'],
  'contradict-interpreter': ['contradiction'],
  'dob-circa': ['refused people[0].dateOfBirth'],
  'dob-d-m-y': ['refused people[0].dateOfBirth'],
  'dob-decade': ['refused people[0].dateOfBirth'],
  'dob-fhir-datetime': [],
  'dob-in-future': ['contradiction', 'birth-in-future'],
  'domain-is-url': ['domain-with-more'],
  'email-value-bad': ['channel-value-strange'],
  'expires-before-due': ['contradiction'],
  'ext-image': ['media'],
  'false-leak-Han-pingan': ['ordinary-word'],
  'false-leak-Hope': ['ordinary-word'],
  'false-leak-Mercy': ['ordinary-word'],
  'false-leak-advisory-displayname': [],
  'false-leak-handle-teacher': [],
  'false-leak-in-person-school': [],
  'gender-unknown': ['refused triage.gender'],
  'hash-md5-upper': [],
  'hash-pdna-192': [],
  'hash-sha512': [],
  'hash-tmk-long': ['refused items[0].hashes[0].value'],
  'hash-vpdq': [],
  'identifier-country': [],
  'ip-cidr': ['refused accounts[0].addresses[0].address'],
  'ip-date-only': ['network-time-inexact'],
  'ip-local-time-no-zone': ['refused accounts[0].addresses[0].at'],
  'ip-no-time': ['network-time-inexact'],
  'ip-nonsense': ['network-address-invalid'],
  'ip-time-future': ['date-in-future'],
  'ip-without-account': [],
  'ip-zone-id': ['refused accounts[0].addresses[0].address'],
  'kind-unknown': ['refused kind', 'refused handling'],
  'language-eng': ['language-unknown'],
  'language-x-private': [],
  'le-no-person-known': ['section-recommended'],
  'le-offline': [],
  'leak-account-url': ['leak'],
  'leak-address-line': ['leak'],
  'leak-full-name-without-parts': ['leak-word'],
  'leak-surname-without-parts': ['leak-word'],
  'middle-name': [],
  'name-as-string': ['refused people[0].names[0]'],
  'never-type-used': ['channel-forbidden'],
  'never-value-other-spelling': ['channel-forbidden'],
  'notes-as-string': ['refused narrative'],
  'period-compact-offset': ['refused incident.period'],
  'period-future': ['date-in-future'],
  'period-local-no-zone': ['refused incident.period'],
  'post-channel': [],
  'professional-phone': [],
  'purposes-missing': [],
  'relationship-other-no-note': ['other-unexplained'],
  'relationship-self': ['contradiction'],
  'relationship-two-mothers-cycle': [],
  'report-ip-only-on-incident': ['nothing-to-follow-up', 'section-recommended'],
  'rm-account-only': ['field-missing'],
  'rm-no-incident': ['section-recommended'],
  'rm-org-contact': [],
  'role-string': ['refused people[0].roles'],
  'routine-due': [],
  'safe-time-overnight': ['safe-time-reversed'],
  'school-field': [],
  'snake-case': ['refused triage."age_band"'],
  'stateless-with-nationality': ['contradiction'],
  'through-professional-none': ['professional-missing'],
  'ucs-multi-label': ['class-unknown'],
  'url-4097': ['refused items[0].url'],
  'url-defanged': ['url-defanged'],
  'url-javascript': ['url-leads-nowhere'],
  'url-no-scheme': ['refused items[0].url'],
  'url-space': ['url-white-space'],
  'url-upper-scheme': [],
}
/** This form lists the same page twice. */
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

  test.each(namesOf('probe').filter((name) => name.replace('.json', '') in PROBES))(
    '%s behaves as its name says',
    (name) => {
      expect([...new Set(codes(`probe/${name}`))]).toEqual(PROBES[name.replace('.json', '')])
    },
  )

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
