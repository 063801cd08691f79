// Makes referrals that may be invalid, by changing one value in an example. docs/spec/referral.md, "Validation"
import fc from 'fast-check'

const WRONG = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    1.5,
    -1,
    '',
    [],
    {},
    'x',
    'UA',
    '2014-13',
    '2014/..',
    '2026-05-09T25:00Z',
    ['x'],
    { text: 'a' },
  ),
  fc.constantFrom('a\u0000', '\ud800', 'a\u202e', '\u200fمريم', '👩‍👧', 'x'.repeat(300), 'high', 'unknown'),
  fc.string({ unit: 'binary' }),
)

/** Returns all positions in a value, as lists of keys from the top. */
function places(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return []
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
  return [...keys].flatMap((key) => [
    [key],
    ...places((value as Record<string | number, unknown>)[key]).map((rest) => [key, ...rest]),
  ])
}

function changed(
  value: unknown,
  [key, ...rest]: (string | number)[],
  change: (holder: object, key: string | number) => void,
): unknown {
  const copy = structuredClone(value) as Record<string | number, unknown>
  if (key === undefined) return copy
  if (rest.length === 0) change(copy, key)
  else copy[key] = changed(copy[key], rest, change)
  return copy
}

/** Generates examples with one member replaced, removed or added. Some are still valid. */
export const mutated = (examples: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.constantFrom(...examples).chain((example) =>
    fc
      .record({
        place: fc.constantFrom(...places(example)),
        change: fc.oneof(
          WRONG.map(
            (wrong) => (holder: object, key: string | number) => Object.assign(holder, { [key]: wrong }),
          ),
          fc.constant((holder: object, key: string | number) => Reflect.deleteProperty(holder, key)),
          fc
            .constantFrom('extra', 'id', 'text')
            .map(
              (name) => (holder: object) =>
                Array.isArray(holder) ? holder.push(name) : Object.assign(holder, { [name]: 'x' }),
            ),
        ),
      })
      .map(({ place, change }) => JSON.parse(JSON.stringify(changed(example, place, change)))),
  )
