// Steps at the desk: actions of its users, and what the desk shows them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { EnrolmentToken } from '@rex/proto/mailbox/v1/mailbox'
import { INVITE_FAULTS } from '../../peer/partner/faults.ts'
import { liveInvite } from '../../peer/partner/party.ts'
import { changed } from '../../suite/change.ts'
import { REFERRALS } from '../../suite/folders.ts'
import type { Step } from '../../suite/scenario.ts'
import { namedEndpoint } from './gateway-steps.ts'
import { contains, organisationOf, resolved } from './match.ts'
import { Mismatch } from './mismatch.ts'
import type { Answer, Operation, Run, World } from './world.ts'

/** Interval between two polls of the desk. */
const POLL_MS = 50
/** Members of an item that a step compares. */
const ITEM = ['kind', 'type', 'alarm', 'outcome', 'reason', 'recipient'] as const

/** Sends a request, and compares the refusal with the one that the step expects. */
export async function ask(world: World, step: Step, operation: Operation): Promise<Answer> {
  const { refused: wanted = '', path = '' } = step
  const answer = await world.ask(operation)
  if (answer.refused !== wanted || (path !== '' && answer.path !== path))
    throw new Mismatch(
      `${step.do} ${wanted === '' ? 'done' : `refused with ${wanted} ${path}`}`,
      answer.refused === '' ? 'done' : `refused with ${answer.refused} ${answer.path} (${answer.detail})`,
    )
  if (/\p{Cc}/u.test(answer.detail))
    throw new Mismatch('a text without control characters (REX-ERR-005)', JSON.stringify(answer.detail))
  return answer
}

export function number(value: unknown, usual = 0): number {
  return typeof value === 'number' ? value : usual
}

export function texts(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(String)
}

/** Returns a value as JSON. Empty for an absent value. */
export function bytesOf(value: unknown): Uint8Array {
  return value === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(value))
}

export function threadBytes(world: World, name: unknown): Uint8Array {
  return Buffer.from(world.aliases.get(name).thread, 'hex')
}

/** Returns an example referral, by its name, with the changes of a step. */
export function referralOf({ referral = 'victim-support-grooming', change }: Step): Uint8Array {
  const text = readFileSync(join(REFERRALS, `${String(referral)}.json`), 'utf8')
  return Buffer.from(JSON.stringify(changed(JSON.parse(text), change as Readonly<Record<string, unknown>>)))
}

/** Returns the members of an enrolment token that a step replaces with wrong values. */
function tokenChange(given: unknown): Partial<EnrolmentToken> {
  const { organisation, authorityDigest } = given as { organisation?: string; authorityDigest?: string }
  return {
    ...(organisation !== undefined && { organisation }),
    ...(authorityDigest !== undefined && { authorityDigest: Buffer.from(authorityDigest, 'hex') }),
  }
}

async function open(world: World, step: Step): Promise<void> {
  const takeOver = String(step.takeOver ?? '')
  const token = step.token === undefined ? '' : world.gateway.token(tokenChange(step.token))
  const directory = world.path(String(step.directory ?? 'desk'))
  const passphrase = String(step.passphrase ?? '')
  await ask(world, step, {
    $case: 'openDesk',
    value: { directory, token, clockAheadMs: number(step.ahead), takeOver, passphrase },
  })
}

async function item(world: World, step: Step): Promise<void> {
  const leave = step.leave === true
  const { values } = await world.ask({ $case: 'nextItem', value: { waitMs: world.waitMs, leave } })
  const { thread = '', content = 'null', contact = '', ...rest } = values
  const wanted = Object.fromEntries(
    ITEM.filter((member) => step[member] !== undefined).map((member) => [
      member,
      resolved(member, step[member], world.aliases),
    ]),
  )
  const isSame =
    contains(rest, wanted) &&
    (step.thread === undefined || world.aliases.get(step.thread).thread === thread) &&
    texts(step.contact).every((rule) => contact.includes(rule)) &&
    (step.content === undefined || contains(JSON.parse(content), step.content))
  if (!isSame)
    throw new Mismatch(`an item ${JSON.stringify(step)}`, shownItem(values), {
      isLate: values.id === undefined,
    })
  world.aliases.set(step.as, { thread })
}

function shownItem({ id, content: _content, ...values }: Answer['values']): string {
  return id === undefined ? 'no item' : JSON.stringify(values)
}

/** Checks that nothing else has arrived: sends a referral, which must be the next item. */
async function quiet(world: World, step: Step): Promise<void> {
  const { thread } = world.partner(String(step.from ?? 'ngo')).say({ type: 'refer' })
  const { values } = await world.ask({ $case: 'nextItem', value: { waitMs: world.waitMs, leave: false } })
  const isLate = values.id === undefined
  if (values.thread !== thread)
    throw new Mismatch('nothing more than the last referral', shownItem(values), { isLate })
}

/** Polls until the answer matches or the time limit of the step is over, because the desk may still be processing what it received. */
async function poll(
  world: World,
  {
    step,
    operation,
    wanted,
    shown = (values) => values,
  }: {
    step: Step
    operation: Operation
    wanted: (values: Answer['values']) => string
    /** The part of the answer that a failure shows. Default: all. */
    shown?: (values: Answer['values']) => object
  },
): Promise<void> {
  const { patience } = world
  for (;;) {
    const { values } = await ask(world, step, operation)
    const missing = wanted(values)
    if (missing === '') return
    if (patience.aborted) throw new Mismatch(missing, JSON.stringify(shown(values)), { isLate: true })
    await setTimeout(POLL_MS)
  }
}

/** Polls until the desk refuses as the step expects, because the desk may still have to erase the thread. */
async function pollRefusal(world: World, step: Step, operation: Operation): Promise<void> {
  const { patience } = world
  while (!patience.aborted && (await world.ask(operation)).refused !== step.refused) await setTimeout(POLL_MS)
  await ask(world, step, operation)
}

async function view(world: World, step: Step): Promise<void> {
  const { do: _, thread, other, refused: __, referral, ...members } = step
  const value = { thread: threadBytes(world, thread), other: organisationOf(String(other ?? '')) }
  const want = Object.fromEntries(
    Object.entries(members).map(([name, given]) => [name, resolved(name, given, world.aliases)]),
  )
  const wanted = (values: Answer['values']) =>
    contains(values, want) &&
    (referral === undefined || contains(JSON.parse(values.referral ?? 'null'), referral))
      ? ''
      : JSON.stringify({ ...want, referral })
  const shown = (values: Answer['values']) =>
    Object.fromEntries(
      Object.keys({ ...want, ...(referral !== undefined && { referral }) }).map((name) => [
        name,
        values[name],
      ]),
    )
  if (step.refused !== undefined) await pollRefusal(world, step, { $case: 'showThread', value })
  else await poll(world, { step, operation: { $case: 'showThread', value }, wanted, shown })
}

async function health(world: World, step: Step): Promise<void> {
  const wanted = ({ problems = '', gateway = '' }: Answer['values']) => {
    const missing = texts(step.has).filter((problem) => !problems.split(' ').includes(problem))
    const surplus = texts(step.hasNot).filter((problem) => problems.split(' ').includes(problem))
    const isElsewhere =
      step.gateway === 'there' && gateway !== namedEndpoint(world.gateway.directory.endpoints)
    return [
      ...missing,
      ...surplus.map((code) => `not ${code}`),
      ...(isElsewhere ? ['the address of the gateway'] : []),
    ].join(', ')
  }
  await poll(world, { step, operation: { $case: 'health', value: {} }, wanted })
}

export const DESK_STEPS: Readonly<Record<string, Run>> = {
  open,
  item,
  quiet,
  view,
  async close(world) {
    await world.ask({ $case: 'closeDesk', value: {} })
  },
  kill: (world) => world.kill(),
  async pair(world, step) {
    const { party, statement } = world.partner(String(step.with))
    const other = INVITE_FAULTS[String(step.fault)]?.(party)
    const invite = other === undefined ? liveInvite(party, statement) : liveInvite(other)
    await ask(world, step, { $case: 'pair', value: { invite } })
  },
  async unpair(world, step) {
    const organisation = organisationOf(String(step.with))
    await ask(world, step, { $case: 'unpair', value: { organisation } })
  },
  async send(world, step) {
    const to = texts(step.to).map((name) => {
      return {
        organisation: organisationOf(name),
        sections: texts(step.sections),
        staged: texts(step.staged),
      }
    })
    const { values } = await ask(world, step, {
      $case: 'send',
      value: {
        referral: referralOf(step),
        to,
        key: String(step.key ?? ''),
        lifetimeMs: number(step.lifetime),
        reference: String(step.reference ?? ''),
        confirmed: world.confirmed(step.confirmed),
      },
    })
    const { thread = '' } = values
    world.aliases.set(step.as, { thread })
  },
  async act(world, step) {
    const held = step.message === undefined ? undefined : world.aliases.digest(step.message)
    const content = held ?? step.content
    const value = {
      thread: threadBytes(world, step.thread),
      other: organisationOf(String(step.other ?? '')),
      type: String(step.type),
      content: bytesOf(content),
      key: String(step.key ?? ''),
    }
    await ask(world, step, { $case: 'act', value })
  },
  async 'back-up'(world, step) {
    await ask(world, step, { $case: 'backUp', value: { file: world.path('backup') } })
  },
  async restore(world, step) {
    const directory = world.path(String(step.directory))
    const erased = step.erased === undefined ? '' : world.path(String(step.erased))
    const value = { file: world.path('backup'), directory, token: world.gateway.token(), erased }
    await ask(world, step, { $case: 'restore', value })
  },
  health,
}
