// Changes an example: gives members new values, by the paths of the members. docs/guide/conformance.md

type Members = Record<string, unknown>

/**
 * Returns a copy of a value with some members changed. A key is a path such as `people.0.names`; `null` removes the member. `{"$repeat": N,
 * "of": VALUE}` stands for a list of N copies of VALUE, and `{"$text": N}` for a text of N characters. `#` in the texts of a copy becomes the number of the copy.
 */
export function changed(value: unknown, change: Readonly<Members> = {}): unknown {
  const copy = structuredClone(value)
  for (const [path, given] of Object.entries(change)) put(copy, path.split('.'), expanded(given))
  return copy
}

function put(target: unknown, [name = '', ...rest]: readonly string[], value: unknown): void {
  const members = target as Members
  if (rest.length > 0) {
    members[name] ??= {}
    put(members[name], rest, value)
  } else if (value !== null) members[name] = value
  else if (Array.isArray(target)) target.splice(Number(name), 1)
  else delete members[name]
}

/** Expands `$repeat` and `$text`. */
function expanded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(expanded)
  const { $repeat, of, $text } = value as Members
  if (typeof $text === 'number')
    return 'word '
      .repeat(Math.ceil($text / 5))
      .slice(0, $text)
      .trimEnd()
  if (typeof $repeat !== 'number')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, expanded(member)]))
  const text = JSON.stringify(of)
  return Array.from({ length: $repeat }, (_, i) => expanded(JSON.parse(text.replaceAll('#', String(i + 1)))))
}
