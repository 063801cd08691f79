// Steps of the partners: their messages and their answers.

import {
  ENVELOPE_FAULTS,
  RECEIPT_FAULTS,
  STATEMENT_FAULTS,
  STORED_FAULTS,
} from '../../peer/partner/faults.ts'
import { type Habits, type Receipt, receiptFor, type Wording } from '../../peer/partner/partner.ts'
import { liveStatement, type StatementPlan } from '../../peer/partner/party.ts'
import { BadFile } from '../../suite/read.ts'
import type { Step } from '../../suite/scenario.ts'
import { resolved } from './match.ts'
import type { Run, World } from './world.ts'

/** Returns the fault with this name. @throws BadFile */
function faultOf<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  if (name === undefined) return undefined
  const found = table[String(name)]
  if (found === undefined) throw new BadFile(`There is no fault ${String(name)}.`)
  return found
}

function digests(world: World, names: unknown): string[] | undefined {
  return Array.isArray(names) ? names.map((name) => world.aliases.digest(name)) : undefined
}

function say(world: World, step: Step): void {
  const { from = 'ngo', thread, heads, void: gone, keep, fault, as, times = 1, lastEpoch } = step
  const partner = world.partner(String(from))
  const given = {
    ...(step as object),
    ...(thread !== undefined && { thread: world.aliases.get(thread).thread }),
    heads: digests(world, heads),
    void: digests(world, gone),
    copied: step.copies === undefined ? undefined : world.aliases.opened(step.copies).sections,
    disclosed: step.discloses === undefined ? undefined : stagedIn(world, step.discloses),
    event: eventOf(world, step),
  }
  const lastEpochOf = lastEpoch === undefined ? undefined : world.statements.get(String(lastEpoch))
  const plan = lastEpochOf === undefined ? faultOf(ENVELOPE_FAULTS, fault) : { lastEpochOf }
  const wording = { ...(given as unknown as Wording), ...(plan && { plan }) }
  const said = Array.from({ length: Number(times) }, () => partner.say(wording, keep === true)).at(-1)
  if (said === undefined) return
  world.aliases.set(as, { thread: said.thread, digest: said.digest, envelope: said.envelope, said })
}

/** Returns the first section to which a partner's message committed without granting it. */
function stagedIn(world: World, name: unknown): Uint8Array | undefined {
  const { sections, grant } = world.aliases.said(name).built
  return sections.find((_, i) => !grant.sections.some(({ index }) => index === i))
}

/** Returns the members of an event. If the step has `names`, the event has a member of that name, whose value is the digest of the message `of`. */
function eventOf(world: World, { event, names, of }: Step): Readonly<Record<string, unknown>> | undefined {
  if (typeof names !== 'string') return event as Record<string, unknown> | undefined
  return { ...(event as object), [names]: Buffer.from(world.aliases.digest(of), 'hex') }
}

function deliver(world: World, step: Step): void {
  const { message, from = 'ngo', stored = 0, spoil, times = 1 } = step
  const said = world.aliases.said(message)
  const bytes = Buffer.from(said.built.bytes)
  if (typeof spoil === 'number') bytes[bytes.length - 1 - spoil] = (bytes.at(-1 - spoil) ?? 0) ^ 1
  for (let i = 0; i < Number(times); i++)
    world.partner(String(from)).deliver(said, { storedMs: Date.now() + Number(stored), bytes })
}

function reseal(world: World, step: Step): void {
  const { message, from = 'ngo', as, fault } = step
  const partner = world.partner(String(from))
  const said = partner.reseal(world.aliases.said(message), faultOf(ENVELOPE_FAULTS, fault))
  partner.deliver(said)
  world.aliases.set(as, { thread: said.thread, digest: said.digest, envelope: said.envelope, said })
}

function receipt(world: World, step: Step): void {
  const { of, from = 'ngo', status = 'received', code = '', fault, as, time = 0 } = step
  const right = {
    ...receiptFor(world.aliases.opened(of), String(status), String(resolved('code', code, world.aliases))),
    timeMs: Date.now() + Number(time),
  }
  const { receipt: change, plan } = faultOf(RECEIPT_FAULTS, fault) ?? {}
  const wrong: Receipt = change === undefined ? right : change(right)
  const said = world.partner(String(from)).answer([wrong], plan)
  world.aliases.set(as, { thread: said.thread, digest: said.digest, envelope: said.envelope, said })
}

function report(world: World, step: Step): void {
  const { of, from = 'ngo', fault } = step
  world.partner(String(from)).report(world.aliases.opened(of), faultOf(STORED_FAULTS, fault))
}

export const PARTNER_STEPS: Readonly<Record<string, Run>> = {
  say,
  deliver,
  reseal,
  twin(world, { message, from = 'ngo', as }) {
    const partner = world.partner(String(from))
    const said = partner.twin(world.aliases.said(message))
    partner.deliver(said)
    world.aliases.set(as, { thread: said.thread, digest: said.digest, envelope: said.envelope, said })
  },
  /** The gateway now serves another statement of the partner. Times are milliseconds from now. */
  serve(world, { from = 'ngo', fault, ...times }) {
    const { party } = world.partner(String(from))
    const plan = { ...(times as StatementPlan), ...faultOf(STATEMENT_FAULTS, fault) }
    world.gateway.directory.served.set(party.organisation, liveStatement(party, plan))
  },
  receipt,
  report,
  habits(world, step) {
    const { from = 'ngo', stores, receives } = step
    const changed: Partial<Habits> = {
      ...(typeof stores === 'boolean' && { stores }),
      ...(typeof receives === 'boolean' && { receives }),
    }
    Object.assign(world.partner(String(from)).habits, changed)
  },
}
