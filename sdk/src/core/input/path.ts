// Paths of values inside an input, such as `people[0].names[1].full`. docs/spec/referral.md, "Validation"

/** Position of a value, as a step from its container. A path is built from positions only when an error needs it. */
export interface Place {
  /** Member name or list index. */
  readonly step: string | number
  readonly within: Place | undefined
}

/** Returns the path of a place; empty for the whole input. */
export function pathOf(place: Place | undefined): string {
  const steps: (string | number)[] = []
  for (let next = place; next !== undefined; next = next.within) steps.push(next.step)
  return steps.reduceRight<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : at(path, step)),
    '',
  )
}

/** Returns the path of a member. Names that do not have the form of a field name are quoted and shortened, so that a path stays one readable line. */
export function at(path: string, name: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9]{0,63}$/.test(name) ? name : JSON.stringify(name.slice(0, 64))
  return path === '' ? plain : `${path}.${plain}`
}
