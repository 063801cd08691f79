// T-143 T-144 T-152: every member of every input and option rejects values that no program should pass. docs/spec/overview.md, "Input"
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { validate } from '../../core/referral/index.ts'
import type { Node, ObjectNode } from '../../core/referral/schema/node.ts'
import { itemsOf } from '../../testing/harness/fixture.ts'
import { testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Desk } from '../api/desk.ts'
import type { Thread } from '../api/thread.ts'
import { VERB_NAMES, VERBS } from '../api/verbs.ts'
import { connect } from '../connect.ts'
import { initDesk } from '../init.ts'
import { changePassphrase, recoverDesk, replaceKit } from '../keys/access.ts'
import { commandUnlock, credentialUnlock, fileUnlock } from '../keys/unlock.ts'
import { enrolDesk, restoreDesk } from '../recovery/restore.ts'
import { type Referred, referred, standing } from './harness/referred.ts'

let made: Referred
let network: Referred['network']
let hotline: Desk
let mine: Thread
let theirs: Thread

beforeAll(async () => {
  made = await referred()
  ;({ network, mine, theirs } = made)
  hotline = network.desks.hotline
})
afterAll(() => network[Symbol.asyncDispose]())

const TO = 'https://ngo.example'
const fail = (): never => {
  throw new TypeError('This getter throws.')
}
const trapped = (target: object) =>
  new Proxy(target, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail })
const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)])
const circle: unknown[] = []
circle.push(circle)

/** Values that no member of any input accepts, whatever the type of the member. */
const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['a proxy that throws', trapped({})],
  ['a list proxy that throws', trapped([])],
  ['a revoked proxy', revoked({})],
  ['a revoked list proxy', revoked([])],
  ['an instance of a class', new (class Referral {})()],
  ['a date', new Date()],
  ['a map', new Map()],
  ['bytes', new Uint8Array(3)],
  ['a symbol', Symbol('x')],
  ['a bigint', 10n],
  ['a boxed text', Object('x')],
  ['a list with holes', new Array(3)],
  ['the longest list', new Array(2 ** 32 - 1)],
  ['a list with a getter', Object.defineProperty(['x'], 0, { get: fail, enumerable: true })],
  ['a circle', circle],
  ['deep nesting', nested(5000)],
  ['JSON of its own', { toJSON: fail }],
  ['a text of its own', { toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }],
  ['a lone surrogate', 'a\ud800'],
  ['NUL', 'a\u0000b'],
  ['a huge text', 'x'.repeat(5_000_000)],
  ['not a number', NaN],
  ['minus zero', -0],
  ['infinity', Infinity],
  ['an inexact number', 2 ** 53],
  ['a fraction', 0.1 + 0.2],
  ['a negative number', -1],
  ['null', null],
]

/** Expects a RexError that can be converted to JSON, with a reason, a hint, and no text from the hostile value. */
async function refused(act: () => unknown, reason = /INVALID|LIMIT|MALFORMED|UNLOCK/): Promise<RexError> {
  const failure = await (async () => act())().then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(RexError)
  const shown = JSON.parse(JSON.stringify(failure))
  expect(shown).toMatchObject({ reason: expect.stringMatching(reason), hint: expect.stringMatching(/./) })
  expect(shown.message).not.toContain('This getter throws.')
  return failure as RexError
}

/** Puts a value in every place of a shape: its members, the entries of its lists, and the members of those entries. */
function inputsWith(shape: ObjectNode, value: unknown): unknown[] {
  return Object.entries(shape.fields).flatMap(([name, node]) => {
    const within = placed(node, value).map((entry) => ({ [name]: entry }))
    return [{ [name]: value }, ...within, Object.defineProperty({}, name, { get: fail, enumerable: true })]
  })
}

function placed(node: Node, value: unknown): unknown[] {
  if (node.kind !== 'list') return []
  return [[value], ...(node.of.kind === 'object' ? inputsWith(node.of, value).map((entry) => [entry]) : [])]
}

describe('T-143 REX-ENC-036 hostile values', () => {
  test.each(VERB_NAMES)('%s refuses them at every place, and nothing changes', async (name) => {
    const before = await standing(made)
    for (const [, value] of HOSTILE)
      for (const input of [value, ...inputsWith(VERBS[name].input, value)])
        for (const thread of [mine, theirs])
          await refused(() => (thread[name] as (input: unknown) => unknown)(input))
    await network.settle()
    expect(await standing(made)).toBe(before)
  })

  test.each(HOSTILE)('%s: send, sendGroup and preview refuse it in draft and options', async (_, value) => {
    const before = await standing(made)
    const at = (name: string) => ({ to: TO, [name]: value }) as never
    for (const member of ['to', 'key', 'ref', 'minimumSuite', 'lifetimeMs', 'follows']) {
      await refused(() => hotline.send(buildReferral(), at(member)))
      await refused(() => hotline.preview(buildReferral(), at(member)))
      await refused(() => hotline.sendGroup([buildReferral()], at(member)))
    }
    for (const options of [
      { organisation: TO, sections: value },
      { organisation: TO, staged: [value] },
      [value],
    ])
      await refused(() => hotline.send(buildReferral(), { to: options as never }))
    for (const key of [{}, { key: 'k' }]) {
      await refused(() => hotline.send(value as never, { to: TO, ...key }))
      await refused(() => hotline.sendGroup([value as never], { to: TO, ...key }))
    }
    await refused(() => hotline.sendGroup(value as never, { to: TO }))
    await refused(() => hotline.preview(value as never, { to: TO }))
    await refused(() => hotline.send(buildReferral(), value as never))
    expect(await standing(made)).toBe(before)
  })

  test.each(HOSTILE)(
    '%s: the shared part of a group is checked, even where each sibling has its own',
    async (_, value) => {
      const before = await standing(made)
      // A string in place of a section is the name of a preset, which is valid.
      const members = typeof value === 'string' ? [] : [{ people: value }, { triage: value }]
      for (const shared of [value, ...members])
        await refused(() => hotline.sendGroup([buildReferral()], { to: TO, shared: shared as never }))
      expect(await standing(made)).toBe(before)
    },
  )

  test.each(HOSTILE)('%s: validate gives the same answer as send', async (_, value) => {
    for (const draft of [
      value,
      ...Object.keys(buildReferral()).map((name) => ({ ...buildReferral(), [name]: value })),
    ]) {
      const checked = validate(draft)
      const sent = hotline.send(draft as never, { to: TO })
      if (checked.ok) await sent
      else await refused(() => sent)
      expect(checked.ok || checked.problems.length > 0).toBe(true)
    }
    await network.settle()
  })
})

describe('T-143 hostile values beside drafts', () => {
  test.each(HOSTILE)('%s: the other functions of desk and thread refuse it', async (_, value) => {
    const before = await standing(made)
    const given = value as never
    for (const act of [
      () => hotline.thread(given),
      () => hotline.threads(given),
      () => hotline.threads({ limit: given }),
      () => hotline.threads({ after: given }),
      () => hotline.threads({ open: given }),
      () => hotline.receive(given),
      () => hotline.receive({ concurrency: given }),
      () => hotline.receive({ signal: given }),
      () => hotline.drain(given),
      () => hotline.drain({ signal: given }),
      () => hotline.caughtUp({ signal: given }),
      () => hotline.unpair(given),
      () => hotline.pair(given),
      () => mine.with(given),
      () => mine.describe(given),
      () => mine.changes(given),
      () => mine.export(given),
      () => mine.export({ sections: given }),
      () => mine.resolve(given, 'place'),
      () => mine.resolve('ab'.repeat(32), given),
      () => mine.resolve('ab'.repeat(32), 'place', given),
      () => mine.markSeen(given),
      () => mine.markSeen({ key: given }),
    ])
      await refused(act)
    expect(await standing(made)).toBe(before)
  })

  test.each(HOSTILE)('%s: opening, making and unlocking a desk refuse it', async (_, value) => {
    const given = value as never
    const directory = '/dev/null/desk'
    const passphrase = 'four words nobody combines 7'
    const open = { directory, unlock: async () => 'x' }
    const made = { directory, token: 'x', name: 'NGO', passphrase }
    const changed = { from: 'x', to: passphrase }
    for (const act of [
      () => connect(given),
      ...['directory', 'unlock', 'takeOver', 'log', 'signal'].map(
        (name) => () => connect({ ...open, [name]: value }),
      ),
      () => initDesk(given),
      ...['directory', 'token', 'name', 'passphrase'].map(
        (name) => () => initDesk({ ...made, [name]: value }),
      ),
      () => restoreDesk(given),
      () => restoreDesk({ directory: given, passphrase }),
      () => enrolDesk(given),
      () => changePassphrase(given, changed),
      () => changePassphrase(directory, given),
      () => changePassphrase(directory, { ...changed, to: given }),
      () => recoverDesk(given),
      () => recoverDesk({ directory, kit: given, passphrase }),
      () => replaceKit(given),
      () => fileUnlock(given)(),
      () => credentialUnlock(given)(),
      () => commandUnlock(given)(),
      () => commandUnlock('true', given)(),
      () => commandUnlock('true', [given])(),
    ])
      await refused(act)
  })
})

describe('T-143 the checked copy is the one that is used', () => {
  /** Replaces a property with a getter that returns another value each time. */
  const changing = <T extends object>(object: T, name: keyof T, values: unknown[]) =>
    Object.defineProperty({ ...object }, name, { enumerable: true, get: () => values.shift() })

  test('a getter is called once', async () => {
    await mine.note(changing({ text: '' }, 'text', ['First.', 'Second.', '\ud800']))
    expect((await mine.changes()).events.at(-1)).toMatchObject({ content: { text: 'First.' } })
  })

  test('a draft that changes while it is sent is sent as it was passed in', async () => {
    const draft = structuredClone(buildReferral()) as { triage: { country?: string } }
    const sending = hotline.send(draft as never, { to: TO, key: 'as-given' })
    draft.triage.country = 'FR'
    const thread = await sending
    expect((await thread.current()).referral.triage).toEqual(buildReferral().triage)
    const again = await hotline.send(buildReferral(), { to: TO, key: 'as-given' })
    expect(again.id).toBe(thread.id)
  })

  test('frozen objects and objects without a prototype are accepted', async () => {
    await mine.note(Object.freeze({ text: 'x' }))
    await mine.note(Object.assign(Object.create(null), { text: 'x' }))
    await hotline.send(Object.assign(Object.create(null), buildReferral()), Object.freeze({ to: TO }))
  })
})

describe('T-143 REX-THR-008 an input with a reference to nothing is refused at its sender', () => {
  const DIGEST = 'ab'.repeat(32)
  const at = (path: string) => ({ reason: 'INVALID_EVENT', path, hint: expect.stringMatching(/./) })

  test('to a request, a question, a recall, a change or a message', async () => {
    const { ngo } = network.desks
    const sent = await hotline.send(buildReferral(), { to: TO })
    await itemsOf(network, ngo)
    const got = await ngo.thread(sent.id)
    await got.requestInfo({ questions: [{ text: 'Which?' }] })
    await itemsOf(network, hotline)
    const answers = [{ id: '1', text: 'This.' }]
    await expect(sent.provideInfo({ answers, request: DIGEST })).rejects.toMatchObject(at('request'))
    const strange = sent.provideInfo({ answers: [...answers, { id: '2', text: 'That.' }] })
    await expect(strange).rejects.toMatchObject(at('answers[1].id'))
    const [refer] = (await sent.changes()).events
    const notOne = sent.provideInfo({ answers, request: refer?.digest as string })
    await expect(notOne).rejects.toMatchObject(at('request'))
    const [, request] = (await sent.changes()).events
    const messages = [refer?.digest as string, request?.digest as string]
    await expect(sent.recall({ code: 'sent-in-error', messages })).rejects.toMatchObject(at('messages[1]'))
    await sent.recall({ code: 'sent-in-error', messages: messages.slice(0, 1) })
    await sent.changeConsent({ code: 'narrowed' })
    await itemsOf(network, ngo)
    const attested = got.attestRecall({ code: 'destroyed', recall: DIGEST })
    await expect(attested).rejects.toMatchObject(at('recall'))
    const acknowledged = got.acknowledgeConsent({ code: 'restricted', change: messages[0] as string })
    await expect(acknowledged).rejects.toMatchObject(at('change'))
    expect((await sent.view()).openQuestions).toHaveLength(1)
    await sent.provideInfo({ answers })
    expect((await sent.view()).openQuestions).toHaveLength(0)
  })
})

test('T-143 a log that throws blocks no message', async () => {
  let entries = 0
  await using other = await testNetwork(['hotline', 'ngo'], {
    log: () => {
      entries += 1
      throw new Error('The log is full.')
    },
  })
  const sent = await other.desks.hotline.send(buildReferral(), { to: TO })
  expect(await itemsOf(other, other.desks.ngo)).toMatchObject([{ kind: 'referral' }])
  expect((await sent.view()).delivery).toMatchObject([{ state: 'received' }])
  expect(entries).toBeGreaterThan(0)
})
