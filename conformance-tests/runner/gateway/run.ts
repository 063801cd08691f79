// Runs scenarios against a gateway: several gateways in parallel, and one case after the other on each. docs/guide/conformance.md
import type { Target } from '@rex/proto/conformance/v1/conformance'
import { Late, within } from '../../peer/events.ts'
import { BadFile } from '../../suite/read.ts'
import type { Scenario, Step } from '../../suite/scenario.ts'
import { CASE_LIMIT_MS, STARTS } from '../process.ts'
import type { RunResult } from '../run.ts'
import { judged, SHRINK_STEP_MS, type Trials } from '../shrink.ts'
import type { Result, Verdict } from '../verdict.ts'
import { CERTIFICATE_VERBS } from './certificates.ts'
import { DESK_VERBS } from './desks.ts'
import { FLOOD_VERBS } from './floods.ts'
import { OPERATOR_VERBS } from './operator.ts'
import { PEER_VERBS } from './peers.ts'
import { STALL_VERBS } from './stalls.ts'
import { STREAM_VERBS, type Verb } from './streams.ts'
import { type GatewayConfiguration, Instance, TargetFailed } from './target.ts'
import { inWords, matches, resolve } from './values.ts'
import { type PeerSetting, World } from './world.ts'

/** The steps by name. */
export const VERBS: Readonly<Record<string, Verb>> = {
  ...STREAM_VERBS,
  ...PEER_VERBS,
  ...DESK_VERBS,
  ...OPERATOR_VERBS,
  ...FLOOD_VERBS,
  ...STALL_VERBS,
  ...CERTIFICATE_VERBS,
}

/** A scenario for a gateway. */
export interface GatewayCase extends Scenario {
  /** Peers of the case. Default: the paired peer `ngo`. */
  readonly peers?: Readonly<Record<string, PeerSetting>>
  /** Whether the case needs a new gateway. Default: no. */
  readonly fresh?: boolean
  /** Whether the case makes the gateway unusable for further cases. Default: no. */
  readonly spoils?: boolean
}

/** Options of a run. */
export interface GatewayRun {
  readonly cases: readonly GatewayCase[]
  readonly target: GatewayConfiguration
  /** Names of cases that are known to fail. Default: none. */
  readonly knownFailing?: ReadonlySet<string>
  /** Number of gateways that run in parallel. Default: 2. */
  readonly parallel?: number
  /** Time limit for each wait in a step, in milliseconds. Default: `CASE_LIMIT_MS`. */
  readonly caseLimitMs?: number
  /**
   * A correct implementation, with whose help failed scenarios are shortened. Default: they are not
   * shortened.
   */
  readonly right?: GatewayConfiguration | undefined
  /** Called after each case. */
  readonly progress?: (done: number, all: number) => void
  /**
   * Called when a case has failed, to repair the gateway, which then serves further cases. If the case was `fresh` or `spoils`, the gateway is
   * replaced nevertheless. Default: the gateway is replaced after every failed case.
   */
  readonly mended?: () => Promise<void>
}

/** Time limit for emptying the mailbox and removing the peers after a failed case, in milliseconds. */
const MEND_MS = 3_000
/** Extra time for a step, in milliseconds, because steps of the operator, such as a start, take long. */
const STEP_MS = 60_000

/** Runs all cases and returns their verdicts in the order of the cases. */
export async function runGateway(options: GatewayRun): Promise<RunResult> {
  const { cases, target, parallel = 2, progress } = options
  const verdicts = new Map<GatewayCase, Verdict>()
  const queue = cases.values()
  async function work(): Promise<void> {
    await using room = new AsyncDisposableStack()
    const result = lineIn(room, options)
    const trials = options.right && trialsOf(room, options, options.right)
    for (const scenario of queue) {
      const ran = { scenario, result: await result(scenario) }
      verdicts.set(scenario, await judged(ran, options.knownFailing, trials))
      progress?.(verdicts.size, cases.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, cases.length) }, work))
  const greeting: Target = { version: 1, name: target.name, features: [...target.features] }
  return { target: greeting, verdicts: cases.map((given) => verdicts.get(given) as Verdict) }
}

/** Returns a function that runs a case on a separate gateway, which is removed together with `room`. */
function lineIn(room: AsyncDisposableStack, options: GatewayRun): (given: GatewayCase) => Promise<Result> {
  const line = room.adopt(new Line(options), (one) => one.close())
  return (given) => line.result(given)
}

/** Returns functions that run scenarios with fewer steps, to shrink a failure. */
function trialsOf(
  room: AsyncDisposableStack,
  options: GatewayRun,
  right: GatewayConfiguration,
): Trials<GatewayCase> {
  const short = { ...options, caseLimitMs: SHRINK_STEP_MS }
  return { kind: 'gateway', target: lineIn(room, short), right: lineIn(room, { ...short, target: right }) }
}

/** A worker that runs cases on one gateway, and replaces the gateway when a case spoils it. */
export class Line {
  readonly #options: Omit<GatewayRun, 'cases'>
  readonly #instance: Instance
  #world: World | undefined
  #failedStarts = 0
  #lastFailure: unknown

  constructor(options: Omit<GatewayRun, 'cases'>) {
    this.#options = options
    this.#instance = new Instance(options.target)
  }

  /** Runs a case. `caseLimitMs`: time limit for each wait in a step, in milliseconds. Default: that of the run. */
  async result(
    given: GatewayCase,
    caseLimitMs = this.#options.caseLimitMs ?? CASE_LIMIT_MS,
  ): Promise<Result> {
    const { target } = this.#options
    const needed = given.fresh || given.spoils ? [...given.features, 'make'] : given.features
    const lacking = needed.filter((feature) => !target.features.includes(feature))
    if (lacking.length > 0)
      return { outcome: 'skipped', expected: '', received: `The target lacks ${lacking.join(', ')}.` }
    let at = 'the gateway is made, started and enrolled at'
    let failedAt: number | undefined = -1
    try {
      if (given.fresh) await this.abandon()
      this.#world ??= await this.#open(caseLimitMs)
      const world = this.#world
      world.limitMs = caseLimitMs
      at = 'the peers of the case are paired'
      await within(caseLimitMs, 'an answer to pairing', world.begin(given.peers ?? { ngo: {} }))
      for (const [i, step] of given.steps.entries()) {
        at = `step ${i + 1} (${step.do})`
        failedAt = i
        const failed = await within(STEP_MS + caseLimitMs, 'the end of the step', doStep(world, step))
        if (failed)
          return await this.#spoilt(given, {
            outcome: 'failed',
            expected: `${at}: ${failed.expected}`,
            received: failed.received,
            failedAt,
          })
      }
      at = 'what the case left is removed'
      failedAt = undefined
      if (given.spoils) await this.abandon()
      else await within(caseLimitMs, 'an empty mailbox', world.end())
      return { outcome: 'passed', expected: '', received: '' }
    } catch (error) {
      const result = await this.#spoilt(given, {
        ...this.#broken(at, error as Error),
        ...(failedAt !== undefined && { failedAt }),
      })
      if (error instanceof BadFile) throw inCase(given, at, error)
      return result
    }
  }

  /** Makes and starts a gateway, and enrols a desk there. After several failed attempts, makes no further attempt. */
  async #open(limitMs: number): Promise<World> {
    if (this.#failedStarts >= STARTS) throw this.#lastFailure
    try {
      const world = await World.open(this.#instance, limitMs)
      this.#failedStarts = 0
      return world
    } catch (error) {
      this.#failedStarts++
      this.#lastFailure =
        this.#instance.failure() === undefined ? error : new TargetFailed(`${this.#instance.failure()}`)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#world?.abandon()
    await this.#instance.remove()
  }

  /** Returns the result of a case that could not continue. */
  #broken(at: string, error: Error): Result {
    const failure = this.#instance.failure()
    if (failure !== undefined) return { outcome: 'crashed', expected: at, received: failure }
    if (error instanceof TargetFailed) return { outcome: error.kind, expected: at, received: error.message }
    if (error instanceof Late) return { outcome: 'hung', expected: at, received: error.message, isLate: true }
    return { outcome: 'failed', expected: at, received: error.message }
  }

  /** Ends a case that failed: repairs the gateway and removes the mail and peers of the case or, if that is impossible, replaces the gateway. */
  async #spoilt({ fresh, spoils }: GatewayCase, result: Result): Promise<Result> {
    const { mended } = this.#options
    const world = this.#world
    await mended?.()
    if (mended === undefined || fresh || spoils || world === undefined || this.#instance.failure()) {
      await this.abandon()
      return result
    }
    await within(MEND_MS, 'an empty mailbox', world.end()).catch(() => this.abandon())
    return result
  }

  /** Kills the gateway. The next case makes another. */
  async abandon(): Promise<void> {
    await this.#world?.abandon()
    this.#world = undefined
    await this.#instance.stop('SIGKILL')
  }
}

/** Adds the place in the case to an error. */
function inCase({ suite, name }: GatewayCase, at: string, error: BadFile): BadFile {
  return new BadFile(`${suite}/${name}.json, ${at}: ${error.message}`)
}

async function doStep(world: World, step: Step): Promise<{ expected: string; received: string } | undefined> {
  const { do: verb, as, expect, ...members } = step
  const act = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (act === undefined) throw new BadFile(`there is no step ${verb}.`)
  const input = resolve(members, world.names, world.now()) as object
  const result = await act(world, { ...input, as })
  if (typeof as === 'string') world.names.set(as, result)
  const wanted = resolve(expect ?? {}, world.names, world.now())
  return matches(wanted, result) ? undefined : { expected: inWords(wanted), received: inWords(result) }
}
