// A problem of a gateway or a desk that needs a person, with a code for programs. docs/guide/gateway.md, "Status"

/** Severity of a problem. `warning`: act within days. `critical`: referrals are being held up. */
export type Severity = 'warning' | 'critical'

/** A problem that needs a person. */
export interface Problem<Code extends string = string> {
  /** Kind of problem, kebab-case, from the closed table of the program. */
  readonly code: Code
  readonly severity: Severity
  /** One sentence for people that describes the problem, and one with the remedy. Never case data. */
  readonly message: string
}

/** The meaning of a code, for the guides: when it is raised, and the remedy. */
export interface ProblemMeaning {
  readonly when: string
  readonly action: string
}

/** The same problems, most severe first, otherwise in their order. */
export function gravestFirst<P extends Problem>(problems: readonly P[]): P[] {
  return problems.toSorted((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical'))
}

/** The exit code of a program that reports problems: 0 none, 1 act within days, 2 referrals are being held up. */
export function exitCodeOfProblems(problems: readonly Problem[]): 0 | 1 | 2 {
  if (problems.some(({ severity }) => severity === 'critical')) return 2
  return problems.length > 0 ? 1 : 0
}
