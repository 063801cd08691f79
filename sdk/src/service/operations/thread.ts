// The operations of one thread, one for each function of `Thread`. docs/guide/service.md
import type { EraseInput } from '../../client/api/erasure.ts'
import { OPTIONS } from '../../client/api/options.ts'
import type { VerbInputs, VerbName } from '../../client/api/verb-inputs.ts'
import { VERB_NAMES, VERBS } from '../../client/api/verbs.ts'
import { codeOf } from '../../core/code.ts'
import { choice, type ObjectNode, object, required } from '../../core/referral/schema/node.ts'
import { anything, digest, label } from '../../core/shape.ts'
import { rawSections, threadJson } from '../item-json.ts'
import * as A from './answers.ts'
import { asks, changes, keyed, type Operation, reads, threadOf } from './operation.ts'

const AT = '/threads/:thread'
const KEY_CONTENT = { keyContent: label(255) }
const VERB = choice(...VERB_NAMES, 'resolve', 'markSeen')

interface Resolve {
  readonly message: string
  readonly decision: 'place' | 'refuse'
  readonly keyContent?: string
}
interface WasDone {
  readonly verb: VerbName | 'resolve' | 'markSeen'
  readonly keyContent: string
}

function verb(name: VerbName): Operation {
  const { key: _, referral, ...fields } = VERBS[name].input.fields
  const sections = referral && { referral: { ...referral, ...anything({ $ref: '#/$defs/PartialReferral' }) } }
  return changes<VerbInputs[VerbName]>(`${AT}/${codeOf(name)}`, {
    summary: `The verb \`${name}\`. Answers when it is durable; delivery continues.`,
    scope: 'decide',
    input: {
      ...VERBS[name].input,
      name: capitalised(name),
      fields: { ...fields, ...sections } as ObjectNode['fields'],
    },
    refusal: 'INVALID_EVENT',
    async run(call, input) {
      const act = (await threadOf(call))[name] as (input: object) => Promise<void>
      await act(keyed(call, input))
    },
  })
}

const capitalised = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

const VERB_OPERATIONS = Object.fromEntries(VERB_NAMES.map((name) => [name, verb(name)])) as Record<
  VerbName,
  Operation
>

export const THREAD_OPERATIONS = {
  thread: reads(AT, {
    summary: 'One thread.',
    answer: A.THREAD,
    run: async (call) => threadJson(await threadOf(call)),
  }),
  view: reads(`${AT}/view`, {
    summary: 'State, responsible organisation, who owes what by when, delivery of each message.',
    answer: A.VIEW,
    run: async (call) => (await threadOf(call)).view(),
  }),
  current: reads(`${AT}/current`, {
    summary: 'The merged referral, with the origin of every section.',
    answer: A.CURRENT,
    async run(call) {
      const current = await (await threadOf(call)).current()
      return { ...current, unknownSections: rawSections(current.unknownSections) }
    },
  }),
  changes: reads<{ readonly since?: number }>(`${AT}/changes`, {
    summary: 'The timeline: events after a cursor.',
    input: { ...OPTIONS.changes, name: 'ChangesQuery' },
    answer: A.CHANGES,
    run: async (call, { since }) => (await threadOf(call)).changes(since),
  }),
  describe: reads<{ readonly locale?: string }>(`${AT}/description`, {
    summary: 'The same in plain sentences. `locale` is a BCP 47 tag; default: en.',
    input: object<{ readonly locale?: string }>('DescriptionQuery', { locale: label(64) }),
    answer: A.DESCRIPTION,
    run: async (call, { locale }) => ({ text: await (await threadOf(call)).describe(locale) }),
  }),
  export: reads<{ readonly sections?: boolean }>(`${AT}/evidence`, {
    summary: 'Evidence of the thread: one file that verifies offline.',
    input: { ...OPTIONS.export, name: 'EvidenceQuery' },
    answer: 'bytes',
    run: async (call, options) => (await threadOf(call)).export(options),
  }),
  ...VERB_OPERATIONS,
  resolve: changes<Resolve>(`${AT}/resolve`, {
    summary: 'Decides on a message that is held because of an unknown code.',
    scope: 'decide',
    input: object<Resolve>('Resolve', {
      message: required(digest),
      decision: required(choice('place', 'refuse')),
      ...KEY_CONTENT,
    }),
    refusal: 'INVALID_EVENT',
    run: async (call, { message, decision, ...more }) =>
      (await threadOf(call)).resolve(message, decision, keyed(call, more)),
  }),
  markSeen: changes<{ readonly keyContent?: string }>(`${AT}/mark-seen`, {
    summary: 'Tells the other side that a person has seen its messages.',
    scope: 'decide',
    input: object<{ readonly keyContent?: string }>('MarkSeen', KEY_CONTENT),
    refusal: 'INVALID_EVENT',
    run: async (call, more) => (await threadOf(call)).markSeen(keyed(call, more)),
  }),
  wasDone: asks<WasDone>(`${AT}/was-done`, {
    summary: 'Whether a verb was done under this idempotency key with this `keyContent`.',
    scope: 'read',
    input: object<WasDone>('WasDone', { verb: required(VERB), keyContent: required(label(255)) }),
    refusal: 'INVALID_EVENT',
    run: async (call, { verb, keyContent }) => ({
      done: await (await threadOf(call)).wasDone(verb, { key: call.key as string, keyContent }),
    }),
  }),
  erase: changes<EraseInput>(`${AT}/erase`, {
    summary: 'Erases the thread here: its key is destroyed. A repeat changes nothing.',
    scope: 'admin',
    input: { ...OPTIONS.erase, name: 'Erase' },
    answer: A.THREAD,
    async run(call, input) {
      await (await threadOf(call)).erase(input)
      return threadJson(await call.desk.thread(call.path.thread ?? ''))
    },
  }),
  hold: changes<{ readonly note?: string }>(`${AT}/hold`, {
    summary: 'Puts the thread under legal hold. A repeat replaces the note.',
    scope: 'admin',
    input: { ...OPTIONS.hold, name: 'Hold' },
    run: async (call, options) => (await threadOf(call)).hold(options),
  }),
  release: changes(`${AT}/release`, {
    summary: 'Ends the legal hold. A repeat changes nothing.',
    scope: 'admin',
    run: async (call) => (await threadOf(call)).release(),
  }),
} as const satisfies Readonly<Record<string, Operation>>
