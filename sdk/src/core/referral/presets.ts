// Presets: an organisation's named defaults per kind, expanded where everybody can see them. docs/spec/referral.md, "Presets"
import { closest, invalidReferral, problem } from './problem.ts'
import type { SectionField } from './section.ts'
import type { Handling, Referral } from './types.ts'

/** Presets by kind, field and name. The kind "*" serves all kinds. */
export type Presets = Readonly<
  Record<string, { readonly [F in SectionField]?: Readonly<Record<string, Referral[F]>> }>
>

/** A draft with its presets expanded, not yet validated. */
export interface Expansion {
  readonly referral: unknown
  /** What was put where. */
  readonly explained: readonly { readonly path: string; readonly preset: string }[]
}

const CASE: Handling = {
  tlp: 'amber-strict',
  permittedActions: ['internally-visible'],
  onward: 'ask-first',
  attribution: 'must-not',
  notification: 'must-not',
}

/** Presets that everybody has; an organisation's own stand before them. */
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
 * Puts the preset in place of its name: a text where a section's content is due, such as `"handling": "standard"`.
 * @throws RexError INVALID_REFERRAL for a name that does not exist
 */
export function expandPresets(draft: unknown, own: Presets = {}): Expansion {
  if (typeof draft !== 'object' || draft === null) return { referral: draft, explained: [] }
  const members = draft as Readonly<Record<string, unknown>>
  const named = Object.entries(members).filter(
    ([field, value]) => typeof value === 'string' && !HEAD.has(field),
  )
  const values = named.map(([field, name]) => [
    field,
    presetOf({ own, kind: String(members.kind), field, name: String(name) }),
  ])
  return {
    referral: { ...members, ...Object.fromEntries(values) },
    explained: named.map(([path, name]) => ({ path, preset: String(name) })),
  }
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
