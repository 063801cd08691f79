// Presets: an organisation's named defaults per kind, expanded before anything is checked or shown. docs/spec/referral.md, "Presets"
import { KINDS } from './kinds.ts'
import { closest, invalidReferral, problem } from './problem.ts'
import type { Node, ObjectNode } from './schema/node.ts'
import { SECTION_CONTENT } from './schema/schema.ts'
import type { SectionField } from './section.ts'
import type { Handling, Referral } from './types.ts'
import { check } from './validate/check.ts'

/** Presets by kind, field and name. The kind "*" applies to all kinds. */
export type Presets = Readonly<
  Record<string, { readonly [F in SectionField]?: Readonly<Record<string, Referral[F]>> }>
>

/** A referral in which a preset name may replace the content of a section. */
export type Draft = {
  readonly [F in keyof Referral]: F extends SectionField ? Referral[F] | string : Referral[F]
}

/** A preset that was expanded, and its place. */
export interface ExpandedPreset {
  readonly path: string
  readonly preset: string
  readonly content: unknown
}

/** A draft with its presets expanded, not yet validated. */
export interface Expansion {
  readonly referral: unknown
  readonly explained: readonly ExpandedPreset[]
}

const CASE: Handling = {
  tlp: 'amber-strict',
  permittedActions: ['internally-visible'],
  onward: 'ask-first',
  attribution: 'must-not',
  notification: 'must-not',
}

/** Built-in presets; an organisation's own take precedence. */
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
 * Replaces preset names by their content: a text in place of a section's content, such as `"handling": "standard"`.
 * @throws RexError INVALID_REFERRAL for an unknown name, or for presets that `parsePresets` refuses
 */
export function expandPresets(draft: unknown, own: Presets = {}): Expansion {
  parsePresets(own)
  if (typeof draft !== 'object' || draft === null) return { referral: draft, explained: [] }
  const members = draft as Readonly<Record<string, unknown>>
  const named = Object.entries(members).filter(([field, value]) => namesPreset(field, value))
  const explained = named.map(([path, name]) => {
    const preset = String(name)
    return {
      path,
      preset,
      content: presetOf({ own, kind: String(members.kind), field: path, name: preset }),
    }
  })
  const contents = explained.map(({ path, content }) => [path, content])
  return { referral: { ...members, ...Object.fromEntries(contents) }, explained }
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

/** Fields of sections, each with named presets. */
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

/** Whether a value is the name of a preset: a text in place of a section's content. */
export function namesPreset(field: string, value: unknown): value is string {
  return typeof value === 'string' && !HEAD.has(field)
}

const HEAD: ReadonlySet<string> = new Set(['kind', 'lane', 'test', 'group'])

interface Wanted {
  readonly own: Presets
  readonly kind: string
  readonly field: string
  readonly name: string
}

function presetOf({ own, kind, field, name }: Wanted): unknown {
  const choices = [own[kind], own['*'], STANDARD_PRESETS[kind]].map(
    (fields) => fields?.[field as SectionField] as Readonly<Record<string, unknown>> | undefined,
  )
  const found = choices.find((presets) => presets !== undefined && Object.hasOwn(presets, name))
  if (found !== undefined) return found[name]
  const names = choices.flatMap((presets) => Object.keys(presets ?? {}))
  throw invalidReferral([
    problem(field, 'names a preset that does not exist for this kind', closest(name, names)),
  ])
}
