// The environment of a desk under test: its program, its directory, the reference gateway and the partners. docs/guide/conformance.md
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConformanceRequest, Target } from '@rex/proto/conformance/v1/conformance'
import type { PartyName } from '../../generate/party.ts'
import { type Prepared, ReferenceGateway } from '../../peer/mailbox/gateway.ts'
import { Once } from '../../peer/partner/open.ts'
import { Partner } from '../../peer/partner/partner.ts'
import { liveInvite, PARTNERS } from '../../peer/partner/party.ts'
import type { Step } from '../../suite/scenario.ts'
import {
  type Broken,
  readGreeting,
  STARTS,
  type TargetConfiguration,
  TargetProcess,
  VERSION,
} from '../process.ts'
import { Aliases } from './aliases.ts'

export type Operation = NonNullable<ConformanceRequest['operation']>

/** An answer of a target. */
export interface Answer {
  readonly values: Readonly<Record<string, string>>
  /** Reason of the refusal. Empty: the target did not refuse. */
  readonly refused: string
  /** Path of the refused part. Empty: none. */
  readonly path: string
  readonly detail: string
}

/** Default time limit for the answer to the greeting, in milliseconds. */
const START_MS = 60_000

/** Thrown when the target crashes, hangs or breaks the dialogue. */
export class TargetFailed extends Error {
  override readonly name = 'TargetFailed'
  readonly kind: string

  constructor(kind: string, detail: string) {
    super(detail)
    this.kind = kind
  }
}

/** A function that runs one step. @throws Mismatch, TargetFailed, BadFile */
export type Run = (world: World, step: Step) => void | Promise<void>

/** A desk under test with its environment. */
export class World implements AsyncDisposable {
  readonly gateway: ReferenceGateway
  readonly #configuration: TargetConfiguration
  #limitMs: number
  readonly #startLimitMs: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'rex-desk-'))
  #process: TargetProcess | undefined
  /** The target's answer to the greeting. */
  #target: Target | undefined
  #failedStarts = 0
  /** Why the program is not started again. */
  #broken: Broken | undefined
  #prepared: Prepared | undefined
  #case = ''
  #number = 0
  #once = new Once()
  #statements = new Map<PartyName, string>()
  partners = new Map<PartyName, Partner>()
  aliases = new Aliases()
  /** Statements of the desk that a scenario keeps, by name. */
  statements = new Map<string, string>()
  /** For each named check, the ids of its findings that a person can confirm. */
  findings = new Map<string, readonly string[]>()

  private constructor(
    gateway: ReferenceGateway,
    configuration: TargetConfiguration,
    { limitMs, startLimitMs }: { limitMs: number; startLimitMs: number },
  ) {
    this.gateway = gateway
    this.#configuration = configuration
    this.#limitMs = limitMs
    this.#startLimitMs = startLimitMs
  }

  /** `limitMs`: time limit of a step. `startLimitMs`: time limit for the answer to the greeting. */
  static async start(
    configuration: TargetConfiguration,
    limitMs: number,
    startLimitMs = START_MS,
  ): Promise<World> {
    return new World(await ReferenceGateway.start(), configuration, { limitMs, startLimitMs })
  }

  /** Continues with a new process of the program, whatever happened to the last ones, and with the same prepared desk. */
  restart(): void {
    this.kill()
    this.#target = undefined
    this.#broken = undefined
    this.#failedStarts = 0
  }

  /** Sets the time limit of a step, in milliseconds. */
  set limitMs(ms: number) {
    this.#limitMs = ms
  }

  /** A signal that aborts at the time limit of a step. */
  get patience(): AbortSignal {
    return AbortSignal.timeout(this.#limitMs)
  }

  get waitMs(): number {
    return this.#limitMs
  }

  /** Returns a path in the folder of the case. */
  path(name: string): string {
    return join(this.#folder, `${this.#number}`, name)
  }

  get directory(): string {
    return this.path('desk')
  }

  partner(name: string): Partner {
    const found = this.partners.get(name as PartyName)
    if (found === undefined) throw new Error(`There is no partner ${name}.`)
    return found
  }

  /** Returns the ids of all findings of the check with this name. */
  confirmed(name: unknown): string[] {
    return name === undefined ? [] : [...(this.findings.get(String(name)) ?? [])]
  }

  /** Starts the program and returns its answer to the greeting. @throws TargetFailed */
  async greet(): Promise<Target> {
    if (this.#broken !== undefined) throw new TargetFailed(this.#broken.kind, this.#broken.detail)
    this.#process ??= new TargetProcess(this.#configuration)
    const greet = { $case: 'greet', value: { version: VERSION } } as const
    const reply = await this.#process.ask({ case: 'greeting', operation: greet }, this.#startLimitMs)
    const read = readGreeting(reply, this.#target)
    if ('kind' in read) throw this.#unstarted(read)
    this.#target = read
    return read
  }

  /** Makes a desk that is paired with all partners. Each case gets a copy of this desk. */
  async prepare(): Promise<void> {
    if (this.#prepared !== undefined) return
    this.#begin('preparation')
    const directory = join(this.#folder, 'template')
    await this.#do({
      $case: 'openDesk',
      value: { directory, token: this.gateway.token(), clockAheadMs: 0, takeOver: '', passphrase: '' },
    })
    for (const { party, statement } of this.partners.values())
      await this.#do({ $case: 'pair', value: { invite: liveInvite(party, statement) } })
    const { log } = this.gateway
    for (const { party } of this.partners.values())
      await log.find(
        ({ what, organisation }) => what === 'put-peer' && organisation === party.organisation,
        this.patience,
      )
    await log.find(({ what }) => what === 'publish', this.patience)
    await this.#do({ $case: 'closeDesk', value: {} })
    const fault = log.entries.find(({ what }) => what === 'fault')
    if (fault !== undefined) throw new TargetFailed('failed', String(fault.text))
    this.#prepared = this.gateway.prepared()
    this.#statements = new Map([...this.partners].map(([name, { statement }]) => [name, statement]))
  }

  /** Counts a failed start or preparation. After several, the program is not started again. */
  #unstarted(broken: Broken): TargetFailed {
    this.kill()
    if (broken.kind === 'version' || ++this.#failedStarts >= STARTS) this.#broken = broken
    return new TargetFailed(broken.kind, broken.detail)
  }

  /** Begins a case. If `isNew`, the case starts without a desk; otherwise it starts with a copy of the paired desk. */
  async begin(name: string, isNew: boolean): Promise<void> {
    try {
      if (!isNew) await this.prepare()
    } catch (error) {
      if (!(error instanceof TargetFailed)) throw error
      throw this.#unstarted({ kind: error.kind as Broken['kind'], detail: error.message })
    }
    this.#failedStarts = 0
    this.#begin(name)
    if (isNew) return
    cpSync(join(this.#folder, 'template'), this.directory, { recursive: true })
  }

  /** Ends a case: closes the desk, or kills the program if that fails. */
  async end(): Promise<void> {
    try {
      if (this.#process !== undefined) await this.ask({ $case: 'closeDesk', value: {} })
    } catch {
      this.kill()
    }
    rmSync(this.path(''), { recursive: true, force: true })
  }

  /** Kills the program; the next request starts it again. */
  kill(): void {
    this.#process?.stop()
    this.#process = undefined
  }

  /** @throws TargetFailed */
  async ask(operation: Operation): Promise<Answer> {
    if (this.#process === undefined) await this.greet()
    const process = this.#process as TargetProcess
    const reply = await process.ask({ case: this.#case, operation }, 3 * this.#limitMs)
    if (reply.kind !== 'answer') throw this.#failed(reply.kind, reply.detail)
    const { result } = reply.response
    if (result?.$case === 'accepted') {
      const entries = result.value.values.map(({ name, value }) => [
        name,
        Buffer.from(value).toString('utf8'),
      ])
      return { values: Object.fromEntries(entries), refused: '', path: '', detail: '' }
    }
    if (result?.$case !== 'refused') return { values: {}, refused: 'unsupported', path: '', detail: '' }
    const { reason, path, detail } = result.value
    return { values: {}, refused: reason, path, detail }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    await this.gateway[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #do(operation: Operation): Promise<void> {
    const { refused, detail } = await this.ask(operation)
    if (refused !== '')
      throw new TargetFailed('failed', `The preparation was refused with ${refused}: ${detail}`)
  }

  #begin(name: string): void {
    this.#case = name
    this.#number++
    this.aliases = new Aliases()
    this.findings = new Map()
    this.statements = new Map()
    const options = {
      log: () => this.gateway.log,
      mailbox: () => this.gateway.mailbox,
      published: () => this.gateway.directory.published ?? '',
      once: this.#once,
      statements: this.#statements,
    }
    this.partners = new Map(PARTNERS.map((partner) => [partner, new Partner(partner, options)]))
    const byId = new Map([...this.partners.values()].map((partner) => [partner.party.organisation, partner]))
    this.gateway.begin((submitted) => byId.get(submitted.recipient)?.take(submitted), this.#prepared)
    for (const { party, statement } of this.partners.values())
      this.gateway.directory.served.set(party.organisation, statement)
  }

  #failed(kind: string, detail: string): TargetFailed {
    this.#process = undefined
    return new TargetFailed(kind, detail)
  }
}
