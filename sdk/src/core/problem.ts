// A problem of a gateway or a desk that needs a person, with a code for programs. docs/guide/gateway.md, "Status"

/** Severity of a problem. `warning`: act within days. `critical`: referrals are being held up. */
export type Severity = 'warning' | 'critical'

/** A problem that needs a person. */
export interface Problem<Code extends string = string> {
  /** The problem code, in kebab-case, from the program's closed table of problems. */
  readonly code: Code
  readonly severity: Severity
  /** One sentence for people that describes the problem, and one that states the remedy. Never contains case data. */
  readonly message: string
}

/** The meaning of a problem code, for the guides: when the problem is raised, and the remedy. */
export interface ProblemMeaning {
  readonly when: string
  readonly action: string
}

/** Sorts problems by severity, most severe first, and keeps their order otherwise. */
export function gravestFirst<P extends Problem>(problems: readonly P[]): P[] {
  return problems.toSorted((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical'))
}

/** Returns the exit code of a program that reports problems: 0 for none, 1 for warnings, 2 for critical problems. */
export function exitCodeOfProblems(problems: readonly Problem[]): 0 | 1 | 2 {
  if (problems.some(({ severity }) => severity === 'critical')) return 2
  return problems.length > 0 ? 1 : 0
}
