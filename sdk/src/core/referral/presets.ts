// Presets: named default contents that an organisation sets for each kind. They are expanded before anything is checked or shown.
// docs/spec/referral.md, "Presets"

import { matches } from './formats.ts'
import { KINDS } from './kinds.ts'
import { closest } from './messages/closest.ts'
import { invalidReferral, type Problem, problem } from './messages/problem.ts'
import type { Node, ObjectNode } from './schema/node.ts'
import { REFERRAL, SECTION_CONTENT } from './schema/schema.ts'
import type { SectionField } from './section.ts'
import type { Handling, Referral } from './types.ts'
import { check } from './validate/check.ts'
import { type Notice, normalised } from './validate/normalise.ts'

/** Presets by kind, field and name. The kind "*" applies to all kinds. */
export type Presets = Readonly<
  Record<string, { readonly [F in SectionField]?: Readonly<Record<string, Referral[F]>> }>
>

/** A referral in which a preset name may replace the content of a section. */
export type Draft = {
  readonly [F in keyof Referral]: F extends SectionField ? Referral[F] | string : Referral[F]
}

/** A preset that was expanded, with its path in the draft. */
export interface ExpandedPreset {
  readonly path: string
  readonly preset: string
  readonly content: unknown
}

/** A draft with its presets expanded, not yet validated. */
export interface Expansion {
  readonly referral: unknown
  readonly explained: readonly ExpandedPreset[]
  /** Lossless changes that were made to the draft. */
  readonly notices: readonly Notice[]
}

const CASE: Handling = {
  tlp: 'amber-strict',
  permittedActions: ['internally-visible'],
  onward: 'ask-first',
  attribution: 'must-not',
  notification: 'must-not',
}

/** Built-in presets. An organisation's own presets take precedence. */
export const STANDARD_PRESETS: Presets = {
  'victim-support': { handling: { standard: { ...CASE, purposes: ['victim-support', 'protection'] } } },
  'law-enforcement-report': {
    handling: {
      standard: {
        ...CASE,
        permittedActions: ['externally-visible-indirect'],
        purposes: ['investigation', 'protection'],
      },
    },
  },
  'content-removal': {
    handling: {
      standard: {
        ...CASE,
        tlp: 'amber',
        permittedActions: ['externally-visible-direct'],
        purposes: ['content-removal'],
      },
    },
  },
  'content-verification': { handling: { standard: { ...CASE, purposes: ['victim-identification'] } } },
  'information-request': { handling: { standard: { ...CASE, purposes: ['protection'] } } },
  advisory: { handling: { standard: { tlp: 'green', onward: 'allowed', purposes: ['prevention'] } } },
}

/**
 * Replaces preset names, such as `"handling": "standard"`, by their content. Also makes lossless changes, such as lower-casing the scheme
 * of a URL, and lists them in `notices`.
 * @throws RexError INVALID_REFERRAL for an unknown name, or for presets that `parsePresets` rejects
 */
export function expandPresets(draft: unknown, own: Presets = {}): Expansion {
  parsePresets(own)
  if (typeof draft !== 'object' || draft === null) return { referral: draft, explained: [], notices: [] }
  const members = draft as Readonly<Record<string, unknown>>
  const named = Object.entries(members).filter(([field, value]) => namesPreset(field, value))
  // Use only a kind that is a string, because converting any other value to a string could throw.
  const kind = typeof members.kind === 'string' ? members.kind : ''
  const found = named.map(([path, name]) => ({
    path,
    preset: String(name),
    ...presetOf({ own, kind, field: path, name: String(name) }),
  }))
  const unknown = found.flatMap(({ fault }) => fault ?? [])
  if (unknown.length > 0) {
    const others = otherProblems(members, named)
    // An unknown kind has no presets, so report the problem with the kind first.
    throw invalidReferral(Object.hasOwn(KINDS, kind) ? [...unknown, ...others] : [...others, ...unknown])
  }
  const explained = found.map(({ path, preset, content }) => ({ path, preset, content }))
  const contents = explained.map(({ path, content }) => [path, content])
  const { draft: referral, notices } = normalised({ ...members, ...Object.fromEntries(contents) })
  return { referral, explained, notices }
}

/**
 * Checks an organisation's presets as strictly as a referral (REX-REF-087).
 * @throws RexError INVALID_REFERRAL with the path of the first problem, such as `"victim-support".handling.standard.tlp`
 */
export function parsePresets(value: unknown): Presets {
  const kinds = [...Object.keys(KINDS), '*']
  const problems = check(
    objectOf(kinds, (kind) => presetsOfKind(memberOf(value, kind))),
    value,
    '',
    'refuse',
  )
  if (problems.length > 0) throw invalidReferral(problems)
  return value as Presets
}

/** Describes the presets of a kind: fields of sections, each with named presets. */
function presetsOfKind(value: unknown): ObjectNode {
  const { fields } = SECTION_CONTENT
  const names = value === undefined ? [] : Object.keys(fields)
  return objectOf(names, (field) =>
    objectOf(Object.keys(Object(memberOf(value, field))), () => fields[field] as Node),
  )
}

function objectOf(names: readonly string[], node: (name: string) => Node): ObjectNode {
  return {
    kind: 'object',
    name: 'Presets',
    fields: Object.fromEntries(names.map((name) => [name, node(name)])),
  }
}

function memberOf(value: unknown, name: string): unknown {
  return Object.hasOwn(Object(value), name) ? Object(value)[name] : undefined
}

/** Whether a value is the name of a preset, that is, a text in place of a section's content. */
export function namesPreset(field: string, value: unknown): value is string {
  return (
    typeof value === 'string' && Object.hasOwn(SECTION_CONTENT.fields, field) && matches('local-id', value)
  )
}

interface Wanted {
  readonly own: Presets
  readonly kind: string
  readonly field: string
  readonly name: string
}

/** Returns the problems of all fields that do not name a preset, so that the user sees these together with unknown presets. */
function otherProblems(
  members: Readonly<Record<string, unknown>>,
  named: readonly (readonly [string, unknown])[],
) {
  const names = new Set(named.map(([field]) => field))
  const fields = Object.entries(REFERRAL.fields).filter(([field]) => !names.has(field))
  const rest = Object.entries(members).filter(([field]) => !names.has(field))
  const node: ObjectNode = { ...REFERRAL, fields: Object.fromEntries(fields) }
  return check(node, normalised(Object.fromEntries(rest)).draft, '', 'refuse')
}

/** Returns the content of a preset, or the problem if there is no such preset. */
function presetOf({ own, kind, field, name }: Wanted): { content?: unknown; fault?: Problem } {
  const choices = [own[kind], own['*'], STANDARD_PRESETS[kind]].map(
    (fields) => fields?.[field as SectionField] as Readonly<Record<string, unknown>> | undefined,
  )
  const found = choices.find((presets) => presets !== undefined && Object.hasOwn(presets, name))
  if (found !== undefined) return { content: found[name] }
  const names = choices.flatMap((presets) => Object.keys(presets ?? {}))
  const known = [...new Set(names)]
  const suggestion = closest(name, known) ?? (known.length === 1 ? known[0] : undefined)
  return { fault: problem(field, known.length === 0 ? 'no-presets' : 'no-preset', {}, suggestion) }
}
