// T-143 T-144: every error in a verb's input or in an option is rejected with its path before anything is stored or sent.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import type { Node, ObjectNode } from '../../core/referral/schema/node.ts'
import { buildReferral } from '../../testing/referral.ts'
import type { Desk } from '../api/desk.ts'
import type { Thread } from '../api/thread.ts'
import type { VerbName } from '../api/verb-inputs.ts'
import { VERB_NAMES, VERBS } from '../api/verbs.ts'
import { connect } from '../connect.ts'
import { initDesk } from '../init.ts'
import { recoverDesk, replaceKit } from '../keys/access.ts'
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

const DIGEST = 'ab'.repeat(32)
const TIME = Date.UTC(2026, 11, 24)
const itemOutcomes = [{ item: 'child', code: 'safeguarded', timeMs: TIME }]

/** Valid inputs with every member present. */
const INPUTS: Readonly<Record<VerbName, object>> = {
  accept: { except: [{ id: 'child', code: 'no-capacity' }], reference: 'N-1', text: 'x', key: 'k' },
  decline: { code: 'no-capacity', alternative: 'https://police.example', retryAfterMs: TIME, text: 'x' },
  requestInfo: { questions: [{ text: 'Which?', path: 'people[0]' }], neededByMs: TIME },
  provideInfo: { answers: [{ id: '1', absence: 'unknown' }], referral: {}, request: DIGEST },
  waitlist: { expectedMs: TIME, position: 1, text: 'x' },
  disclose: { sections: ['people'] },
  progress: { code: 'appointment', itemOutcomes, timeMs: TIME, text: 'x' },
  complete: { outcome: 'child-safe', partly: true, itemOutcomes, text: 'x' },
  fail: { code: 'unreachable', alternative: 'https://police.example', itemOutcomes, text: 'x' },
  withdraw: { code: 'sent-in-error', text: 'x' },
  recall: { code: 'sent-in-error', messages: [DIGEST], text: 'x' },
  attestRecall: { code: 'destroyed', recall: DIGEST, text: 'x' },
  changeConsent: { code: 'narrowed', people: ['child'], sections: ['people'], text: 'x' },
  acknowledgeConsent: { code: 'restricted', change: DIGEST, text: 'x' },
  correct: { referral: {}, text: 'x' },
  note: { text: 'x', language: 'en' },
  feedback: { code: 'helpful', itemOutcomes, text: 'x' },
  enterInError: { text: 'x', key: 'k' },
}

const BROKEN = ['', '\ud800', '\ud800x', 'a\u0000', 'x'.repeat(20_001)]
const NO_TEXT = [null, 7, NaN, true, {}, [], ['x'], () => 'x', Symbol('x'), 1n]
const NO_NUMBER = [null, NaN, Infinity, -Infinity, -1, -0, 0.5, 2 ** 53, 2 ** 60, '5', true, {}, [5], 1n]
/** A time in seconds, and values that a caller may pass to mean "no time". */
const NO_TIME = [...NO_NUMBER, 0, 1, 1_772_629_500, '2026-03-04', new Date(TIME)]

/** Returns values that never fit, whatever the limits of a member. */
function wrongFor(node: Node): unknown[] {
  switch (node.kind) {
    case 'text':
      return [...BROKEN, ...NO_TEXT]
    case 'code':
      return [...BROKEN, ...NO_TEXT, 'no-capcity', 'NO-CAPACITY', 'toString', '__proto__']
    case 'choice':
      return [...BROKEN, ...NO_TEXT, 'REX-3']
    case 'flag':
      return [null, 0, 1, 'true', '', {}, []]
    case 'integer':
      return [...NO_NUMBER, 0]
    case 'list':
      return [null, 7, 'x', {}, [null], [7], [undefined], ['\ud800'], [{}], new Array(1)]
    default:
      return [null, -1, NaN, '', '\ud800', 'a\nb', [], true]
  }
}

/** Returns invalid inputs of a shape, made from a valid input: one member wrong, missing or unknown, at any depth. */
function wrongInputs(shape: ObjectNode, right: Readonly<Record<string, unknown>>): unknown[] {
  const members = Object.entries(shape.fields)
  const wrong = members.flatMap(([name, node]) => [
    ...(isTime(name) ? NO_TIME : wrongFor(node)).map((value) => ({ ...right, [name]: value })),
    ...(node.required === true ? [without(right, name), { ...right, [name]: undefined }] : []),
    ...nestedWrong(node, right[name]).map((value) => ({ ...right, [name]: value })),
  ])
  const foreign = [
    { ...right, txt: 'x' },
    { ...right, constructor: 1 },
    JSON.parse('{"__proto__": {"text": "x"}}'),
  ]
  return [...wrong, ...foreign]
}

function nestedWrong(node: Node, right: unknown): unknown[] {
  if (node.kind !== 'list' || !Array.isArray(right) || node.of.kind !== 'object') return []
  return wrongInputs(node.of, right[0]).map((entry) => [...right, entry])
}

const isTime = (name: string): boolean => name.endsWith('Ms')
const without = (value: object, name: string): object =>
  Object.fromEntries(Object.entries(value).filter(([member]) => member !== name))

/** Expects the input to be rejected with a path, and neither side to have changed. */
async function refused(act: () => unknown): Promise<void> {
  let failure: unknown
  try {
    await act()
  } catch (error) {
    failure = error
  }
  expect(RexError.is(failure)).toBe(true)
  const { reason, path, hint } = failure as RexError
  expect(reason).toMatch(/INVALID/)
  expect(path).toBeTypeOf('string')
  expect(hint).not.toBe('')
  const json = JSON.parse(JSON.stringify(failure))
  expect(json).toMatchObject({ reason, hint, ...(path !== '' && { path }) })
}

describe('T-143 T-144 T-152 every verb', () => {
  test.each(VERB_NAMES)(
    '%s refuses a wrong input, with its path, before anything is stored or sent',
    async (name) => {
      const before = await standing(made)
      const say = (thread: Thread) => thread[name] as (input: unknown) => Promise<void>
      const whole = [null, 7, 'x', true, [], new Map(), () => {}]
      const wrong = [...whole, ...wrongInputs(VERBS[name].input, INPUTS[name] as Record<string, unknown>)]
      for (const thread of [mine, theirs]) for (const input of wrong) await refused(() => say(thread)(input))
      await network.settle()
      expect(await standing(made)).toBe(before)
    },
  )

  test('random values in random places are refused too', async () => {
    const before = await standing(made)
    const verb = fc.constantFrom(...VERB_NAMES).chain((name) => {
      const members = Object.keys(VERBS[name].input.fields).filter((member) => member !== 'referral')
      return fc.tuple(
        fc.constant(name),
        fc.constantFrom(...members),
        fc.anything({ withBigInt: true, withDate: true, withMap: true }),
      )
    })
    await fc.assert(
      fc.asyncProperty(verb, async ([name, member, value]) => {
        fc.pre(
          value !== undefined &&
            typeof value !== 'boolean' &&
            typeof value !== 'string' &&
            !Array.isArray(value),
        )
        fc.pre(!(member === 'position' && typeof value === 'number' && value > 0))
        fc.pre(!(isTime(member) && typeof value === 'number' && value > 9e11))
        const input = { ...INPUTS[name], [member]: value }
        await refused(() => (mine[name] as (input: unknown) => Promise<void>)(input))
      }),
      { numRuns: 300 },
    )
    expect(await standing(made)).toBe(before)
  })

  test('a mistyped code gets a suggestion and does not freeze the thread', async () => {
    await expect(theirs.decline({ code: 'no-capcity' })).rejects.toMatchObject({
      reason: 'INVALID_EVENT',
      path: 'code',
      hint: expect.stringContaining('no-capacity'),
    })
    await expect(theirs.decline({ code: 'other' })).rejects.toMatchObject({ path: 'text' })
    await expect(mine.note({} as never)).rejects.toMatchObject({ path: 'text' })
    expect((await mine.view()).state).toBe('requested')
  })

  test('resolve refuses an invalid decision, instead of refusing the message', async () => {
    for (const [message, decision, options] of [
      [DIGEST, 'plcae'],
      [DIGEST, undefined],
      ['no digest', 'place'],
      [undefined, 'place'],
      [DIGEST, 'place', { kye: 'x' }],
    ] as [never, never, never][])
      await refused(() => mine.resolve(message, decision, options))
    await refused(() => mine.markSeen({ key: 7 } as never))
  })
})

describe('T-143 T-144 options', () => {
  const to = 'https://ngo.example'

  test.each<[string, unknown]>([
    ['lifetimeMs', { to, lifetimeMs: 0 }],
    ['lifetimeMs', { to, lifetimeMs: -1 }],
    ['lifetimeMs', { to, lifetimeMs: NaN }],
    ['lifetimeMs', { to, lifetimeMs: 259_200 }],
    ['lifetimeMs', { to, lifetimeMs: 1_209_600 }],
    ['lifetimeMs', { to, lifetimeMs: '3600000' }],
    ['lifetimeMs', { to, lifetimeMs: 15 * 86_400_000 }],
    ['lifetime', { to, lifetime: 3_600_000 }],
    ['minimumSuite', { to, minimumSuite: 'REX-3' }],
    ['key', { to, key: '' }],
    ['key', { to, key: 7 }],
    ['key', { to, key: 'x'.repeat(256) }],
    ['ref', { to, ref: '' }],
    ['ref', { to, ref: null }],
    ['follows', { to, follows: 'H-7' }],
    ['follows', { to, follows: 'ab'.repeat(16) }],
    ['to', {}],
    ['', undefined],
    ['', null],
    ['to', { to: undefined }],
    ['to', { to: 7 }],
    ['to', { to: [] }],
    ['to', { to: ['https://ngo.example', 'https://NGO.example'] }],
    ['to', { to: 'https://ngo.example/' }],
    ['to[1]', { to: [to, 'ngo'] }],
    ['to.organisation', { to: {} }],
    ['to.sections[0]', { to: { organisation: to, sections: ['peopel'] } }],
    ['to.stagd', { to: { organisation: to, stagd: [] } }],
  ])('send and preview refuse %s in %j', async (path, options) => {
    const before = await standing(made)
    const sent = () => hotline.send(buildReferral(), options as never)
    await refused(sent)
    await expect(sent()).rejects.toMatchObject({ path })
    if (path !== 'follows') await refused(() => hotline.preview(buildReferral(), options as never))
    await refused(() => hotline.sendGroup([buildReferral()], options as never))
    expect(await standing(made)).toBe(before)
  })

  test('capitals in the host of an organisation are lower-cased', async () => {
    const thread = await hotline.send(buildReferral(), { to: ' https://NGO.Example' })
    expect(thread.counterparts).toEqual([to])
    expect(thread.with('https://NGO.example').counterparts).toEqual([to])
    await network.settle()
  })

  test('invalid drafts, siblings and shared parts are refused', async () => {
    for (const draft of [
      undefined,
      null,
      7,
      'x',
      [],
      { kind: 'victim-support' },
      { ...buildReferral(), people: 1n },
    ])
      for (const key of [undefined, 'a key'])
        await refused(() => hotline.send(draft as never, { to, ...(key !== undefined && { key }) }))
    await refused(() => hotline.sendGroup(7 as never, { to }))
    await refused(() => hotline.sendGroup([null] as never, { to }))
    await refused(() => hotline.sendGroup([], { to }))
    await refused(() => hotline.sendGroup([buildReferral()], { to, shared: 'x' as never }))
  })
})

describe('T-143 T-144 options of other functions', () => {
  test.each<[string, (desk: Desk) => unknown]>([
    ['receive', (desk) => desk.receive({ concurrency: NaN })],
    ['receive', (desk) => desk.receive({ concurrency: 0 })],
    ['receive', (desk) => desk.receive({ concurency: 2 } as never)],
    ['receive', (desk) => desk.receive({ signal: 'stop' as never })],
    ['threads', (desk) => desk.threads({ limit: -1 })],
    ['threads', (desk) => desk.threads({ limit: 2.5 })],
    ['threads', (desk) => desk.threads({ mien: true } as never)],
    ['threads', (desk) => desk.threads({ open: 'yes' as never })],
    ['thread', (desk) => desk.thread(undefined as never)],
    ['unpair', (desk) => desk.unpair('ngo')],
    ['drain', (desk) => desk.drain({ signal: {} as never })],
    ['caughtUp', (desk) => desk.caughtUp(7 as never)],
    ['changes', () => mine.changes(NaN)],
    ['export', () => mine.export({ sections: 'no' as never })],
    ['connect', () => connect({ directory: '', unlock: async () => 'x' })],
    ['connect', () => connect({ directory: 'desk' } as never)],
    ['connect', () => connect({ directory: 'desk', unlock: async () => 'x', takeover: true } as never)],
    ['connect', () => connect(undefined as never)],
    ['initDesk', () => initDesk({ directory: 7, token: 'x', name: 'x', passphrase: 'x' } as never)],
    ['initDesk', () => initDesk({ directory: 'd', tokn: 'x', name: 'x', passphrase: 'x' } as never)],
    ['initDesk', () => initDesk({ directory: 'd', token: 'x', name: '', passphrase: 'x' })],
    ['recoverDesk', () => recoverDesk({ directory: 'd', kit: 'x', passphrase: 'x', words: [] } as never)],
    ['replaceKit', () => replaceKit({ directory: 'd', passphrase: 'x', keep: 'paper' } as never)],
    ['restoreDesk', () => restoreDesk({ directory: 'd', passphrase: 'x', tokn: 'x' } as never)],
    ['enrolDesk', () => enrolDesk(undefined as never)],
  ])('%s refuses options that are none', async (_, act) => refused(() => act(hotline)))
})
