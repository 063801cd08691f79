// A problem of a gateway or a desk: something that needs a person, with a code for programs. docs/guide/gateway.md, "Status"

/** How grave a problem is. `warning`: act in the next days. `critical`: referrals wait now. */
export type Severity = 'warning' | 'critical'

/** Something that needs a person. */
export interface Problem<Code extends string = string> {
  /** What kind of problem it is, kebab-case, from the closed table of the program. */
  readonly code: Code
  readonly severity: Severity
  /** One sentence for people: what it is, and one that says what to do. Never case data. */
  readonly message: string
}

/** The meaning of a code, for the guides: when it is raised, and what a person does. */
export interface ProblemMeaning {
  readonly when: string
  readonly action: string
}

/** The same problems, the gravest first, otherwise in their order. */
export function gravestFirst<P extends Problem>(problems: readonly P[]): P[] {
  return problems.toSorted((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical'))
}

/** The exit code of a program that tells problems: 0 all is well, 1 act in the next days, 2 referrals wait now. */
export function exitCodeOfProblems(problems: readonly Problem[]): 0 | 1 | 2 {
  if (problems.some(({ severity }) => severity === 'critical')) return 2
  return problems.length > 0 ? 1 : 0
}
