// Lint: people, their ages and what must not leak into sections that identify no one. docs/spec/referral.md, "Lint"
import { SECTIONS, sections } from '../section.ts'
import type { Age, Person, Referral } from '../types.ts'
import { error, type Finding, missing, warning, when } from './finding.ts'

const SHORTEST_TELLING = 4

/** Findings about people. */
export function peopleFindings(referral: Referral): Finding[] {
  const { kind, people = [] } = referral
  const principals = people.filter(({ roles }) => roles.includes('principal-child')).length
  return [
    ...when(
      kind === 'victim-support' && people.length > 0 && principals !== 1,
      error(
        'people',
        'a victim-support referral has exactly one principal child',
        'Give one person the role principal-child; refer siblings as a group.',
      ),
    ),
    ...people.flatMap((person, i) => personFindings(person, `people[${i}]`)),
    ...leaks(referral),
  ]
}

function personFindings(person: Person, path: string): Finding[] {
  const child = person.roles.some((role) => role === 'principal-child' || role === 'child')
  const why = 'the recipient must be able to recognise the child'
  return [
    ...(child ? missing(person, 'names', { path, why }) : []),
    ...(child && person.age === undefined
      ? missing(person, 'dateOfBirth', { path, why: 'services and law depend on the age' })
      : []),
    ...(person.age ? ageFindings(person.age, `${path}.age`) : []),
  ]
}

function ageFindings({ value, min, max, asOf }: Age, path: string): Finding[] {
  return [
    ...when(
      min !== undefined && max !== undefined && min > max,
      error(path, 'has a minimum above its maximum', 'Correct the range.'),
    ),
    ...when(
      value !== undefined && (min !== undefined || max !== undefined),
      error(path, 'is a value and a range', 'Keep one of the two.'),
    ),
    ...when(
      asOf === undefined,
      warning(path, 'does not say for which day', 'Fill in "asOf": ages grow old.'),
    ),
  ]
}

/** Names, numbers and handles in sections that everybody gets (REX-REF-021). */
function leaks(referral: Referral): Finding[] {
  const secrets = tellingTexts(referral)
  if (secrets.length === 0) return []
  const open = sections(referral).filter(({ type }) => !SECTIONS[type].identifying)
  return open.flatMap(({ type, content }) => {
    const texts = freeTexts(content).map((text) => text.toLowerCase())
    const leaked = secrets.some((secret) => texts.some((text) => containsWord(text, secret)))
    return when(
      leaked,
      error(
        type,
        `the section ${type} tells who somebody is`,
        'Move it to a section that is disclosed later, such as narrative.',
      ),
    )
  })
}

function tellingTexts({ people = [], accounts = [], contact }: Referral): string[] {
  const texts = [
    ...people.flatMap(({ names = [], identifiers = [] }) => [
      ...names.flatMap(({ full, parts = [] }) => [full, ...parts.map(({ text }) => text)]),
      ...identifiers.map(({ value }) => value),
    ]),
    ...accounts.flatMap(({ handle, displayName }) => [handle ?? '', displayName ?? '']),
    ...(contact?.channels ?? []).map(({ value }) => value),
  ]
  return texts.filter((text) => text.length >= SHORTEST_TELLING).map((text) => text.toLowerCase())
}

/** The values of members named `text`: what people wrote. */
function freeTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(freeTexts)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'text' && typeof member === 'string' ? [member] : freeTexts(member),
  )
}

function containsWord(text: string, word: string): boolean {
  const letter = /[\p{L}\p{N}]/u
  for (let from = text.indexOf(word); from >= 0; from = text.indexOf(word, from + 1)) {
    const [before, after] = [text[from - 1] ?? ' ', text[from + word.length] ?? ' ']
    if (!letter.test(before) && !letter.test(after)) return true
  }
  return false
}
