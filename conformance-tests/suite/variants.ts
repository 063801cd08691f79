// Expands a scenario with variants into one case for each combination of values. docs/guide/conformance.md
import type { Scenario } from './scenario.ts'

type Values = Readonly<Record<string, unknown>>

/** A scenario that may have variants. */
export interface Multiplied extends Scenario {
  /** Values by name. Each combination is a case, in which the value replaces `%name`. A value of `suite` is also a feature that the case needs. Default: one case. */
  readonly variants?: Readonly<Record<string, readonly unknown[]>>
}

/** Expands scenarios into cases. */
export function multiplied<T extends Multiplied>(scenarios: readonly T[]): T[] {
  return scenarios.flatMap((scenario) => {
    const { variants = {}, ...rest } = scenario
    return choices(variants).map((values) => {
      const words = Object.entries(values).map(([name, value]) => wordOf(value, variants[name] ?? []))
      const suite = values.suite === undefined ? [] : [String(values.suite)]
      const made = replaced(rest, values) as T
      return { ...made, name: [rest.name, ...words].join('_'), features: [...rest.features, ...suite] }
    })
  })
}

function choices(variants: Readonly<Record<string, readonly unknown[]>>): Values[] {
  return Object.entries(variants).reduce<Values[]>(
    (made, [name, values]) => made.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
}

/**
 * Returns the word for a value in the name of a case: its letters and digits if these differ for all values, otherwise its
 * position.
 */
function wordOf(value: unknown, all: readonly unknown[]): string {
  const word = (one: unknown) =>
    String(one)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
  const isPlain =
    new Set(all.map(word)).size === all.length && all.every((one) => /^[\w-]+$/.test(String(one)))
  return isPlain ? word(value) : String(all.indexOf(value) + 1)
}

function replaced(value: unknown, values: Values): unknown {
  if (typeof value === 'string') return value.startsWith('%') ? (values[value.slice(1)] ?? value) : value
  if (Array.isArray(value)) return value.map((entry) => replaced(entry, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member, values)]))
}
