// Compares the answer of a target with the expectation of a case. docs/guide/conformance.md
import type { ConformanceResponse } from '@rex/proto/conformance/v1/conformance'
import type { Expectation } from '../suite/case.ts'
import type { Failure } from './process.ts'

/** The line in a desk's result after which the last observations follow. */
export const SEEN_LAST = 'Seen last:'

/** The outcome of a case. `fixed`: the case passed, although it is listed as known to fail. */
export type Outcome = 'passed' | 'failed' | 'skipped' | 'known-failing' | 'fixed' | Failure

/** The outcome of a case, with its details. */
export interface Verdict {
  readonly suite: string
  readonly name: string
  readonly title: string
  readonly requirements: readonly string[]
  /** Features that the case needs. */
  readonly features: readonly string[]
  readonly outcome: Outcome
  /** The expected result, in words. */
  readonly expected: string
  /** The received result, in words. */
  readonly received: string
  /** The steps of a failed scenario, up to the one that failed. */
  readonly exchange?: Exchange
}

/** The steps of a failed scenario, each as JSON. */
export interface Exchange {
  readonly steps: readonly string[]
  /** Whether the last of these steps failed. If not, the failure came after all steps. */
  readonly lastFailed: boolean
  /** Number of earlier steps that are left out, because the scenario fails in the same way without them. */
  readonly leftOut: number
}

/** The result of running a case. */
export interface Result extends Pick<Verdict, 'outcome' | 'expected' | 'received'> {
  /** Index of the step that failed; -1: the failure came before the first step. Absent: it came after all steps, or the case has no steps. */
  readonly failedAt?: number
  /** Whether the case failed because nothing came within the time limit. */
  readonly isLate?: boolean
}

/** Returns the verdict on a case, taking into account whether it is known to fail. */
export function verdictOn(
  { suite, name, title, requirements, features }: Omit<Verdict, keyof Result>,
  { outcome, expected, received }: Result,
  knownFailing: ReadonlySet<string> = new Set(),
): Verdict {
  const isKnown = knownFailing.has(name) && outcome !== 'skipped'
  const known: Outcome = outcome === 'passed' ? 'fixed' : 'known-failing'
  return {
    suite,
    name,
    title,
    requirements,
    features,
    outcome: isKnown ? known : outcome,
    expected,
    received,
  }
}

/** Returns whether an outcome makes the run fail. */
export function isBad(outcome: Outcome): boolean {
  return !['passed', 'skipped', 'known-failing'].includes(outcome)
}

/** Returns an expectation in words. */
export function expectedIn(expect: Expectation): string {
  if ('accepted' in expect) return ['accepted', ...Object.entries(expect.accepted).map(named)].join('\n')
  const { stage, reason, path } = expect.refused
  return describe({ stage, reason: reason?.join(' or '), path })
}

/** Compares an answer with the expectation. */
export function judge(
  expect: Expectation,
  result: NonNullable<ConformanceResponse['result']>,
): { outcome: 'passed' | 'failed' | 'skipped'; received: string } {
  if (result.$case === 'unsupported') return { outcome: 'skipped', received: 'unsupported' }
  if (result.$case === 'target') return { outcome: 'failed', received: 'a greeting' }
  if (result.$case === 'accepted') {
    const values = new Map(result.value.values.map(({ name, value }) => [name, base64url(value)]))
    const isOther = ([name, value]: readonly [string, string]) => values.get(name) !== value
    if ('accepted' in expect && Object.entries(expect.accepted).some(isOther)) {
      const names = Object.keys(expect.accepted)
      const got = names.map((name) => named([name, values.get(name) ?? 'missing']))
      return { outcome: 'failed', received: ['accepted', ...got].join('\n') }
    }
    return { outcome: 'accepted' in expect ? 'passed' : 'failed', received: 'accepted' }
  }
  const { reason, stage, path, detail } = result.value
  const received = `${describe({ stage, reason, path })}${detail && ` (${detail.slice(0, 300)})`}`
  return { outcome: isRight(expect, result.value) ? 'passed' : 'failed', received }
}

function isRight(expect: Expectation, got: { reason: string; stage: string; path: string }): boolean {
  if ('accepted' in expect) return false
  const { reason, stage, path } = expect.refused
  return (
    (reason === undefined || reason.includes(got.reason)) &&
    (stage === undefined || stage === got.stage) &&
    (path === undefined || path === got.path)
  )
}

function describe({
  stage,
  reason,
  path,
}: {
  stage?: string | undefined
  reason?: string | undefined
  path?: string | undefined
}): string {
  return ['refused', reason && `with ${reason}`, stage && `at stage ${stage}`, path && `at ${path}`]
    .filter(Boolean)
    .join(' ')
}

/** Formats a value with its name: text unchanged, other bytes as base64url. */
function named([name, value]: readonly [string, string]): string {
  const bytes = Buffer.from(value, 'base64url')
  const text = bytes.toString('utf8')
  const isText = /^[\x20-\x7e]+$/.test(text) && bytes.toString('base64url') === value
  return `${name}: ${isText ? text : value}`
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
