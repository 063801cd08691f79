// A thread of a desk that a service holds: with the same interface as in an embedded desk. docs/guide/desk.md, "Threads"
import type { Erasure } from '../../client/api/erasure.ts'
import { checkOptions } from '../../client/api/options.ts'
import type { CurrentReferral, RawSection, Thread } from '../../client/api/thread.ts'
import type { VerbInputs, VerbName } from '../../client/api/verb-inputs.ts'
import { checkKeyed, checkResolve, checkVerb, checkWasDone, VERB_NAMES } from '../../client/api/verbs.ts'
import { RexError } from '../../core/error.ts'
import { readEntityId } from '../../core/identifier.ts'
import type { ThreadHandle } from '../operations/answers.ts'
import type { OperationName } from '../operations/index.ts'
import type { Asked, Connection } from './connection.ts'

/** A section of an unknown type in JSON, with its bytes as base64. */
export type JsonSection = Omit<RawSection, 'content'> & { readonly content: string }

/** Converts sections of unknown types to the form of the SDK. */
export const rawSectionsOf = (sections: readonly JsonSection[]): RawSection[] =>
  sections.map(({ type, content }) => ({ type, content: new Uint8Array(Buffer.from(content, 'base64')) }))

/** The data that the tracks of one thread share. */
interface Shared {
  erased?: Erasure | undefined
}

/** Returns the thread of a handle; `counterpart` selects a track. */
export function remoteThread(
  connection: Connection,
  { erased, ...handle }: ThreadHandle,
  { counterpart, shared = { erased } }: { readonly counterpart?: string; readonly shared?: Shared } = {},
): Thread {
  const { id, counterparts } = handle
  const call = <Answer>(name: OperationName, asked: Asked = {}) =>
    connection.call<Answer>(name, { ...asked, path: { thread: id }, with: counterpart })
  return {
    ...handle,
    get erased() {
      return shared.erased
    },
    with(named) {
      const wanted = readEntityId(named, 'with')
      if (!counterparts.includes(wanted))
        throw new RexError('NOT_FOUND', `${wanted} has no part in this thread.`)
      return remoteThread(connection, handle, { counterpart: wanted, shared })
    },
    ...readsOf(call),
    ...verbsOf(call),
    async resolve(message, decision, options = {}) {
      const { key, ...more } = checkResolve(message, decision, options)
      await call('resolve', { key, input: { message, decision, ...more } })
    },
    async markSeen(options = {}) {
      const { key, ...more } = checkKeyed('markSeen', options)
      await call('markSeen', { key, input: more })
    },
    async wasDone(verb, options) {
      const { key, keyContent } = checkWasDone(verb, options)
      return (await call<{ done: boolean }>('wasDone', { key, input: { verb, keyContent } })).done
    },
    async erase(input) {
      shared.erased = (await call<ThreadHandle>('erase', { input: checkOptions('erase', input) })).erased
    },
    async hold(options = {}) {
      await call('hold', { input: checkOptions('hold', options) })
    },
    async release() {
      await call('release')
    },
  }
}

type Call = <Answer>(name: OperationName, asked?: Asked) => Promise<Answer>

function readsOf(call: Call): Pick<Thread, 'view' | 'current' | 'changes' | 'describe' | 'export'> {
  return {
    view: () => call('view'),
    async current() {
      const current = await call<CurrentReferral & { unknownSections: JsonSection[] }>('current')
      return { ...current, unknownSections: rawSectionsOf(current.unknownSections) }
    },
    changes: async (since = 0) => call('changes', { input: checkOptions('changes', { since }) }),
    describe: async (locale) => (await call<{ text: string }>('describe', { input: { locale } })).text,
    export: async (options = {}) => call('export', { input: checkOptions('export', options) }),
  }
}

function verbsOf(call: Call): Pick<Thread, VerbName> {
  const verb =
    <Name extends VerbName>(name: Name) =>
    async (given = {} as VerbInputs[Name]): Promise<void> => {
      const { key, ...input } = checkVerb(name, given)
      await call(name, { key, input })
    }
  return Object.fromEntries(VERB_NAMES.map((name) => [name, verb(name)])) as Pick<Thread, VerbName>
}
