// Steps on the content of referrals, which need no desk: checks of drafts, what people see and type, forms, and other systems.
import { changed } from '../../suite/change.ts'
import type { Step } from '../../suite/scenario.ts'
import { ask, bytesOf, number, referralOf, texts } from './desk-steps.ts'
import { contains } from './match.ts'
import { Mismatch } from './mismatch.ts'
import type { Operation, Run, World } from './world.ts'

type Json = Readonly<Record<string, unknown>>

const GROUP = new Uint8Array(16).fill(1)

function must(holds: boolean, expected: string, received: unknown): void {
  if (!holds) throw new Mismatch(expected, typeof received === 'string' ? received : JSON.stringify(received))
}

function parsed<T = unknown>(text = 'null'): T {
  return JSON.parse(text)
}

function draftCheck(world: World, step: Step, draft = referralOf(step)): Operation {
  const { presets, needs, sections, codeLists, confirmed, now, language = '' } = step
  const recipient = { needs: bytesOf(needs), sections: texts(sections), codeLists: bytesOf(codeLists) }
  const value = {
    draft,
    presets: bytesOf(presets),
    ...recipient,
    confirmed: world.confirmed(confirmed),
    nowMs: number(now),
    language: String(language),
    explain: step.problems !== undefined,
  }
  return { $case: 'checkDraft', value }
}

/**
 * Checks a draft. `finds`: findings that must be reported; `findsNot`: codes that must not be reported; `hides`: texts that no finding may
 * repeat; `problems`: all problems of a draft that breaks the rules of its fields.
 */
async function check(world: World, step: Step): Promise<void> {
  const { finds = [], findsNot = [], result, changes, replaced, hides, as, problems } = step
  const { values } = await ask(world, step, draftCheck(world, step))
  if (problems !== undefined)
    return matchProblems(problems as Json[], parsed<Json[]>(values.problems ?? '[]'))
  const findings = parsed<Json[]>(values.findings ?? '[]')
  for (const wanted of finds as Json[])
    must(
      findings.some((finding) => contains(finding, wanted)),
      `the finding ${JSON.stringify(wanted)}`,
      findings.map(({ code, path }) => `${code} ${path}`),
    )
  for (const code of texts(findsNot))
    must(!findings.some((finding) => finding.code === code), `no finding ${code}`, findings)
  for (const text of texts(hides))
    must(!JSON.stringify(findings).includes(text), `no ${text} in a finding`, findings)
  if (result !== undefined)
    must(contains(parsed(values.referral), result), JSON.stringify(result), values.referral)
  if (changes !== undefined) must(values.changes === changes, `changes at ${changes}`, values.changes ?? '')
  if (replaced !== undefined)
    must(values.presets === replaced, `presets at ${replaced}`, values.presets ?? '')
  const ids = findings.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  if (typeof as === 'string') world.findings.set(as, ids)
}

/** Checks that the problems are those that a step expects, in any order. */
function matchProblems(wanted: readonly Json[], problems: readonly Json[]): void {
  const isFound = (one: Json) => problems.some((problem) => contains(problem, one))
  const received = problems.map(({ code, path, message }) => `${code} ${path} ${message}`)
  for (const one of wanted) must(isFound(one), `the problem ${JSON.stringify(one)}`, received)
  must(problems.length === wanted.length, `${wanted.length} problems`, received)
}

/** Splits a referral. Checks that every part is valid, and that the parts together have all items, in order. */
async function split(world: World, step: Step): Promise<void> {
  const referral = referralOf(step)
  const value = {
    referral,
    group: GROUP,
    confirmed: world.confirmed(step.confirmed),
    nowMs: number(step.now),
  }
  const { values } = await ask(world, step, { $case: 'splitReferral', value })
  if (step.refused !== undefined) return
  const parts = parsed<Json[]>(values.parts)
  must(parts.length === step.parts, `${step.parts} parts`, `${parts.length}`)
  const idsOf = ({ items = [] }: Json) => (items as Json[]).map(({ id }) => id)
  must(
    JSON.stringify(parts.flatMap(idsOf)) === JSON.stringify(idsOf(parsed(Buffer.from(referral).toString()))),
    'every item once, in order',
    parts.map((part) => idsOf(part).length),
  )
  for (const [i, part] of parts.entries()) {
    const group =
      parts.length === 1
        ? part.group
        : { id: Buffer.from(GROUP).toString('hex'), index: i + 1, size: parts.length }
    must(contains(part.group, group), `part ${i + 1} of the group`, part.group)
    const { values: checked } = await ask(
      world,
      { do: 'check a part' },
      draftCheck(world, { do: 'check' }, bytesOf(part)),
    )
    const errors = parsed<Json[]>(checked.findings).filter(({ severity }) => severity === 'error')
    must(errors.length === 0, `part ${i + 1} without errors`, errors)
  }
}

/** Shows a referral. `order`: texts that must follow one another in the rules of contact. */
async function show(world: World, step: Step): Promise<void> {
  const { language = '', summary, contact, hides, order } = step
  const value = { referral: referralOf(step), language: String(language) }
  const { values } = await ask(world, step, { $case: 'showReferral', value })
  const { summary: summed = '', contact: rules = '' } = values
  for (const text of texts(summary)) must(summed.includes(text), `${text} in the summary`, summed)
  for (const text of texts(contact)) must(rules.includes(text), `${text} among the rules of contact`, rules)
  for (const text of texts(hides)) must(!summed.includes(text), `no ${text} in the summary`, summed)
  const places = texts(order).map((text) => rules.indexOf(text))
  must(
    places.every((place, i) => place >= 0 && place > (places[i - 1] ?? -1)),
    `the rules in the order ${texts(order).join(', ')}`,
    rules,
  )
}

async function showValue(world: World, step: Step): Promise<void> {
  const { list = '', value: given, language = '', is } = step
  const value = { list: String(list), value: String(given), language: String(language) }
  const { values } = await ask(world, step, { $case: 'showValue', value })
  must(values.text === is, String(is), values.text ?? '')
}

/**
 * Makes a form or the schema, and checks it:
 * - `has`: values that it must have, by path
 * - `lacks`: paths that must not exist
 * - `translates`: paths of texts that must differ from those of the English form
 * - `beside`: paths of texts in which the English text must stand beside the translation
 */
async function form(world: World, step: Step): Promise<void> {
  const { kind = '', language = '', has = {}, lacks } = step
  const { values } = await ask(world, step, {
    $case: 'makeForm',
    value: { kind: String(kind), language: String(language) },
  })
  const schema = parsed(values.schema)
  for (const [path, wanted] of Object.entries(has as Json))
    must(
      contains(at(schema, path), wanted),
      `${path} ${JSON.stringify(wanted)}`,
      at(schema, path) ?? 'nothing',
    )
  for (const path of texts(lacks))
    must(at(schema, path) === undefined, `nothing at ${path}`, at(schema, path))
  if (step.translates === undefined) return
  const asked = { $case: 'makeForm', value: { kind: String(kind), language: 'en' } } as const
  const english = parsed((await ask(world, { do: 'form' }, asked)).values.schema)
  for (const path of [...texts(step.translates), ...texts(step.beside)]) {
    const [text, original] = [String(at(schema, path)), String(at(english, path))]
    must(text !== original && original !== '' && text !== '', `a translation at ${path}`, text)
    if (texts(step.beside).includes(path)) must(text.includes(original), `${original} at ${path}`, text)
  }
}

function at(value: unknown, path: string): unknown {
  return path.split('/').reduce((part, name) => (part as Json | undefined)?.[name], value)
}

/** Imports a case. Every value of the case must come back unchanged or be listed as a loss. */
async function importCase(world: World, step: Step): Promise<void> {
  const { system = 'primero', referral: wanted } = step
  const { case: given } = changed({}, { case: step.case }) as Json
  const input = { system: String(system), case: bytesOf(given) }
  const { values } = await ask(world, step, { $case: 'importCase', value: input })
  if (step.refused !== undefined) return
  const losses = parsed<Json[]>(values.losses)
  matchLosses(step, losses)
  if (wanted !== undefined)
    must(contains(parsed(values.referral), wanted), JSON.stringify(wanted), values.referral)
  for (const text of texts(step.lacks)) must(!values.referral?.includes(text), `no ${text}`, values.referral)
  const back = { system: String(system), referral: Buffer.from(values.referral ?? '') }
  const { values: returned } = await ask(world, { do: 'export' }, { $case: 'exportCase', value: back })
  accounted({ given, returned: parsed(returned.case), losses })
}

async function exportCase(world: World, step: Step): Promise<void> {
  const { system = 'primero', has, lacks } = step
  const value = { system: String(system), referral: referralOf(step) }
  const { values } = await ask(world, step, { $case: 'exportCase', value })
  if (step.refused !== undefined) return
  matchLosses(step, parsed<Json[]>(values.losses))
  if (has !== undefined) must(contains(parsed(values.case), has), JSON.stringify(has), values.case)
  for (const text of texts(lacks)) must(!values.case?.includes(text), `no ${text}`, values.case)
}

/** Checks that the losses include those that a step expects. `repeats`: texts of the case that no loss may repeat. */
function matchLosses({ losses: wanted = [], repeats }: Step, losses: readonly Json[]): void {
  for (const one of wanted as Json[])
    must(
      losses.some((loss) => contains(loss, one)),
      `the loss ${JSON.stringify(one)}`,
      losses.map(({ from, code }) => `${from} ${code}`),
    )
  for (const text of texts(repeats))
    must(!JSON.stringify(losses).includes(text), `no ${text} in a loss`, losses)
}

/** Checks that every value of the case is returned unchanged or is under the path of a loss (REX-REF-120). */
function accounted({
  given,
  returned,
  losses,
}: {
  given: unknown
  returned: unknown
  losses: readonly Json[]
}): void {
  const lost = losses.map(({ from }) => String(from))
  const back = new Set(leavesOf(returned).map(placed))
  for (const [path, value] of leavesOf(given)) {
    const isLost = lost.some(
      (from) => path === from || path.startsWith(`${from}.`) || path.startsWith(`${from}[`),
    )
    must(isLost || back.has(placed([path, value])), `${path} to come back or to be a loss`, lost)
  }
}

/** Identifies a value by its path without list indexes, because entries that are losses are missing from the lists that come back. */
function placed([path, value]: readonly [path: string, value: unknown]): string {
  return `${path.replaceAll(/\[\d+\]/g, '[]')} ${JSON.stringify(value)}`
}

/** Returns all texts, numbers and booleans in a value with their paths, except empty texts. */
function leavesOf(value: unknown, path = ''): (readonly [path: string, value: unknown])[] {
  if (value === null || value === '' || value === undefined) return []
  if (typeof value !== 'object') return [[path, value]]
  if (Array.isArray(value)) return value.flatMap((entry, i) => leavesOf(entry, `${path}[${i}]`))
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(member, path === '' ? name : `${path}.${name}`),
  )
}

async function read(world: World, step: Step): Promise<void> {
  const { kind, text, is } = step
  const value = { kind: String(kind), text: String(text) }
  const { values, detail } = await ask(world, step, { $case: 'readInput', value })
  if (is !== undefined) must(values.text === is, String(is), values.text ?? '')
  for (const word of texts(step.hides)) must(!detail.includes(word), `no ${word} in the refusal`, detail)
  for (const word of texts(step.says)) must(detail.includes(word), `${word} in the refusal`, detail)
}

export const CONTENT_STEPS: Readonly<Record<string, Run>> = {
  check,
  split,
  show,
  'show-value': showValue,
  form,
  'import-case': importCase,
  'export-case': exportCase,
  read,
}
