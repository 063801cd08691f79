// Selects the suites of each kind of target, and how to run them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listed } from '../suite/read.ts'
import { readScenarios } from '../suite/scenario.ts'
import { multiplied } from '../suite/variants.ts'
import { readSuites } from '../suite/vectors.ts'
import type { Testable } from './coverage.ts'
import { runScenarios } from './desk/run.ts'
import { type GatewayCase, runGateway } from './gateway/run.ts'
import { readGateway } from './gateway/target.ts'
import { type Kind, readTarget, type TargetConfiguration } from './process.ts'
import { type RunResult, run } from './run.ts'

/** Folders of the suites. */
export interface Folders {
  readonly vectors: string
  readonly scenarios: string
}

/** The cases that a run selects. */
export interface Choice {
  /** Names of suites. Default: all suites of the kind. */
  readonly suites?: readonly string[] | undefined
  /** Names of cases. Default: all cases. */
  readonly names?: readonly string[] | undefined
}

/** Options for running cases. */
export interface HowToRun {
  /** File of the target's configuration. */
  readonly file: string
  /** Another implementation, which opens what a codec target seals. */
  readonly opener: TargetConfiguration | undefined
  readonly knownFailing: ReadonlySet<string>
  readonly caseLimitMs: number
  /** Configuration of a correct implementation, with whose help failed scenarios are shortened. */
  readonly right: string | undefined
  readonly progress: (done: number, all: number) => void
}

/** The selected cases of a kind, and how to run them. */
export interface Tests {
  readonly all: readonly Testable[]
  run(how: HowToRun): Promise<RunResult>
}

/** Returns the selected cases of a kind. @throws BadFile */
export function testsOf(kind: Kind, folders: Folders, { suites, names }: Choice = {}): Tests {
  const isChosen = ({ name }: Testable) => names?.includes(name) ?? true
  if (kind === 'codec') {
    const { cases, parties } = readSuites(folders.vectors, suites)
    return {
      all: cases,
      run: ({ file, right: _, ...how }) =>
        run({ ...how, target: readTarget(file), parties, cases: cases.filter(isChosen) }),
    }
  }
  if (kind === 'gateway') {
    const cases = gatewayCases(folders.scenarios, suites)
    return {
      all: cases,
      run: ({ file, right, opener: _, ...how }) =>
        runGateway({
          ...how,
          target: readGateway(file),
          right: right === undefined ? right : readGateway(right),
          cases: cases.filter(isChosen),
        }),
    }
  }
  const scenarios = readScenarios(join(folders.scenarios, kind), suites)
  return {
    all: scenarios,
    run: ({ caseLimitMs, file, right, opener: _, ...how }) =>
      runScenarios({
        ...how,
        target: readTarget(file),
        right: right === undefined ? right : readTarget(right),
        stepLimitMs: caseLimitMs,
        scenarios: scenarios.filter(isChosen),
      }),
  }
}

/** Reads the cases for gateways. @throws BadFile */
export function gatewayCases(scenarios: string, suites?: readonly string[]): GatewayCase[] {
  return multiplied<GatewayCase>(readScenarios(join(scenarios, 'gateway'), suites))
}

/** Returns everything that counts for coverage: the vectors, and the scenarios of all kinds. */
export function allTests({ vectors, scenarios }: Folders): Testable[] {
  const kinds = existsSync(scenarios) ? listed(scenarios, 'folders') : []
  return [...readSuites(vectors).cases, ...kinds.flatMap((kind) => readScenarios(join(scenarios, kind)))]
}

/** Returns the folder with the suites of a kind. */
export function folderOf(kind: Kind, { vectors, scenarios }: Folders): string {
  return kind === 'codec' ? vectors : join(scenarios, kind)
}
