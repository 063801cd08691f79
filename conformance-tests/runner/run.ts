// Runs cases against a target: several processes in parallel, and one case at a time in each. A failed target restarts for the next case.
import type { Seal } from '@rex/proto/conformance/v1/codec'
import type {
  Accepted,
  ConformanceRequest,
  ConformanceResponse,
  Target,
} from '@rex/proto/conformance/v1/conformance'
import type { Case, Parties } from '../suite/case.ts'
import {
  type Broken,
  CASE_LIMIT_MS,
  type Reply,
  type RunningTarget,
  readGreeting,
  STARTS,
  type TargetConfiguration,
  TargetProcess,
  VERSION,
} from './process.ts'
import { requestOf } from './request.ts'
import { openSealed, requestsToOpen } from './sealed.ts'
import { expectedIn, judge, type Outcome, type Verdict, verdictOn } from './verdict.ts'

/** Factor by which the time limit is longer for a case with the feature `volume`. */
const VOLUME = 6

/** Options of a run. */
export interface RunOptions {
  readonly cases: readonly Case[]
  readonly parties: Parties
  /** How to start the target's process, or a function that starts the target in another way. */
  readonly target: TargetConfiguration | (() => RunningTarget)
  /** Another implementation, which opens what the target seals. Default: no such check. */
  readonly opener?: TargetConfiguration | undefined
  /** Names of cases that are known to fail. Default: none. */
  readonly knownFailing?: ReadonlySet<string>
  /** Number of processes that run in parallel. Default: 2. */
  readonly parallel?: number
  /** Time limit for the answer to the greeting, in milliseconds. Default: 60 000. */
  readonly startLimitMs?: number
  /** Time limit for the answer to a case, in milliseconds. Default: `CASE_LIMIT_MS`. */
  readonly caseLimitMs?: number
  /** Called after each case. */
  readonly progress?: (done: number, all: number) => void
}

/** The result of a run. `target`: the target's answer to the greeting, if it gave one. */
export interface RunResult {
  readonly target: Target | undefined
  readonly verdicts: readonly Verdict[]
}

type Started = { readonly process: RunningTarget; readonly target: Target }

/** Runs all cases and returns their verdicts in the order of the cases. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { cases, parallel = 2, progress } = options
  const verdicts = new Map<Case, Verdict>()
  const queue = cases.values()
  let target: Target | undefined
  async function work(): Promise<void> {
    const line = new Line(options)
    try {
      for (const given of queue) {
        const result = { ...(await line.result(given)), expected: expectedIn(given.expect) }
        verdicts.set(given, verdictOn(given, result, options.knownFailing))
        target ??= line.target
        progress?.(verdicts.size, cases.length)
      }
    } finally {
      line.stop()
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return { target, verdicts: cases.map((given) => verdicts.get(given) as Verdict) }
}

/** A worker that runs cases in one process, and restarts the process after a failure. */
class Line {
  readonly #options: RunOptions
  #started: Started | undefined
  #opener: TargetProcess | undefined
  #failedStarts = 0
  #broken: Broken | undefined
  target: Target | undefined

  constructor(options: RunOptions) {
    this.#options = options
  }

  async result(given: Case): Promise<{ outcome: Outcome; received: string }> {
    const started = this.#broken ?? (await this.#start())
    if ('kind' in started) return { outcome: started.kind, received: started.detail }
    const { process, target } = started
    const lacking = given.features.filter((feature) => !target.features.includes(feature))
    if (lacking.length > 0) return { outcome: 'skipped', received: `The target lacks ${lacking.join(', ')}.` }
    const request = requestOf(given, this.#options.parties)
    const reply = await this.#ask(process, request, given.features.includes('volume') ? VOLUME : 1)
    if (reply.kind === 'answer' && reply.response.result) return judge(given.expect, reply.response.result)
    this.#started = undefined
    const { kind, detail } = reply as Broken
    return { outcome: kind, received: detail }
  }

  /** Sends a request to the target. If it is a request to seal, sends it a second time, opens both answers, and compares their random values. */
  async #ask(process: RunningTarget, request: ConformanceRequest, factor: number): Promise<Reply> {
    const limit = factor * (this.#options.caseLimitMs ?? CASE_LIMIT_MS)
    const reply = await process.ask(request, limit)
    if (request.operation?.$case !== 'seal' || !isAccepted(reply)) return reply
    const again = await process.ask(request, limit)
    if (!isAccepted(again)) return again
    const answers = [reply.response.result.value, again.response.result.value]
    const { value: ask } = request.operation
    const result = await openSealed(ask, answers, (answer) => this.#openElsewhere(ask, answer))
    return { kind: 'answer', response: { case: request.case, result } }
  }

  async #openElsewhere(ask: Seal, answer: Accepted): Promise<(ConformanceResponse['result'] | undefined)[]> {
    const { opener, parties, caseLimitMs = CASE_LIMIT_MS } = this.#options
    if (opener === undefined) return []
    this.#opener ??= new TargetProcess(opener)
    const [name] =
      Object.entries(parties.parties).find(([, { organisation }]) => organisation === ask.sender) ?? []
    const results: ConformanceResponse['result'][] = []
    for (const request of requestsToOpen(ask, answer, parties.configurations[name ?? ''] ?? '')) {
      const reply = await this.#opener.ask(request, caseLimitMs)
      results.push(reply.kind === 'answer' ? reply.response.result : undefined)
    }
    return results
  }

  stop(): void {
    this.#started?.process.stop()
    this.#opener?.stop()
  }

  async #start(): Promise<Started | Broken> {
    if (this.#started) return this.#started
    const { target } = this.#options
    const process = typeof target === 'function' ? target() : new TargetProcess(target)
    const greeting = { case: 'greeting', operation: { $case: 'greet', value: { version: VERSION } } } as const
    const reply = await process.ask(greeting, this.#options.startLimitMs ?? 60_000)
    const read = readGreeting(reply, this.target)
    if ('kind' in read) {
      process.stop()
      this.#failedStarts++
      if (read.kind === 'version' || this.#failedStarts >= STARTS) this.#broken = read
      return read
    }
    this.#failedStarts = 0
    this.target = read
    this.#started = { process, target: read }
    return this.#started
  }
}

type AcceptedReply = { readonly response: { readonly result: { readonly value: Accepted } } }

function isAccepted(reply: Reply): reply is Reply & AcceptedReply {
  return reply.kind === 'answer' && reply.response.result?.$case === 'accepted'
}
