// A desk that a service holds: with the same interface as an embedded desk. docs/guide/desk.md, "A desk that a service holds"
import { resolve } from 'node:path'
import type { ChangesRead } from '../../client/api/changes.ts'
import type { BackupOptions, Desk, ThreadSummary, ThreadsOptions } from '../../client/api/desk.ts'
import type { ErasedThread } from '../../client/api/erasure.ts'
import { checkDraft, checkGroup, checkOptions, checkSend } from '../../client/api/options.ts'
import type { GroupOptions, SendOptions } from '../../client/api/sending.ts'
import { iterateChanges } from '../../client/changes/iterate.ts'
import type { Draft } from '../../core/referral/index.ts'
import { object, required } from '../../core/referral/schema/node.ts'
import { checkInput, label, matching, signal as signalNode } from '../../core/shape.ts'
import type { ThreadHandle } from '../operations/answers.ts'
import { type Connection, openConnection } from './connection.ts'
import { RemoteItems } from './items.ts'
import { placeOf, type SocketPlace, type UrlPlace } from './place.ts'
import { userName } from './service.ts'
import { remoteThread } from './thread.ts'

/** Number of threads that one call requests. */
const PAGE = 1000

interface Using {
  /**
   * Who acts, for the log of the service: one line of at most 200 characters. Default: the name of the user on this computer, or `uid` and
   * a number.
   */
  readonly actor?: string
  /** When this signal aborts, the connection closes, as when the desk is disposed of. */
  readonly signal?: AbortSignal
}

/** How to use a desk that a service holds. */
export type ServiceOptions = (SocketPlace | UrlPlace) & Using

const USING = { actor: label(200), signal: signalNode }
const AT_SOCKET = object<SocketPlace & Using>('ServiceOptions', { socket: required(label(4096)), ...USING })
const AT_URL = object<UrlPlace & Using>('ServiceOptions', {
  url: required(label(2048)),
  token: required(matching(/^[\w-]{1,128}$/, 'a token of the service')),
  ca: matching(/^[\s\S]{1,65536}$/, 'certificates in PEM'),
  ...USING,
})

/**
 * Uses a desk that a service holds. Disposing of it closes only the connection, and returns the items that were not settled.
 * @throws RexError UNAVAILABLE if no service runs, DEADLINE_EXCEEDED if it hangs, PERMISSION_DENIED, UNAUTHENTICATED, CONFIG_INVALID
 */
export async function connectToService(given: ServiceOptions): Promise<Desk> {
  const refusal = { reason: 'CONFIG_INVALID', subject: 'The options of connect' } as const
  const checked =
    'socket' in given ? checkInput(AT_SOCKET, given, refusal) : checkInput(AT_URL, given, refusal)
  const { actor = userName(), signal } = checked
  const connection = openConnection(placeOf(checked), actor)
  try {
    signal?.throwIfAborted()
    const { organisation } = await connection.greet()
    const desk = remoteDesk(connection, organisation)
    signal?.addEventListener('abort', () => void desk[Symbol.asyncDispose](), { once: true })
    return desk
  } catch (error) {
    connection.close()
    throw error
  }
}

function remoteDesk(connection: Connection, organisation: string): Desk {
  const { call } = connection
  const items = new RemoteItems(connection)
  const read: Desk['readChanges'] = async (options = {}) => {
    const { signal, ...input } = checkOptions('readChanges', options)
    return call<ChangesRead>('readChanges', { input, signal, waits: input.waitMs !== undefined })
  }
  return {
    organisation,
    ...sendingOf(connection),
    receive: (options = {}) => items.receive(checkOptions('receive', options)),
    parked: () => items.parked(),
    async thread(id) {
      checkOptions('thread', { id })
      return remoteThread(connection, await call<ThreadHandle>('thread', { path: { thread: id } }))
    },
    changes: (options = {}) => iterateChanges(read, checkOptions('deskChanges', options)),
    readChanges: read,
    lastChange: async () => (await call<Pick<ChangesRead, 'cursor'>>('lastChange')).cursor,
    threads: async (options = {}) => threadsOf(connection, checkOptions('threads', options)),
    erased: async (options = {}) => erasedOf(connection, checkOptions('erased', options)),
    retention: async (options = {}) =>
      (await call<{ threads: [] }>('retention', { input: checkOptions('retention', options) })).threads,
    invite: () => call('invite'),
    pair: (invite) => call('pair', { input: { invite } }),
    peers: async () => (await call<{ peers: [] }>('peers')).peers,
    async unpair(organisation) {
      await call('unpair', { input: checkOptions('unpair', { organisation }) })
    },
    async backup(options) {
      const { signal, ...file } = fileOf(checkOptions('backup', options))
      await call('backup', { input: file, signal, waits: true })
    },
    async statements(organisations) {
      const input = checkOptions('statements', { organisations })
      return (await call<{ statements: [] }>('statements', { input })).statements
    },
    messageKeys: async () => (await call<{ keys: [] }>('messageKeys')).keys,
    receiptKeys: async () => (await call<{ keys: [] }>('receiptKeys')).keys,
    revoke: async (input) => call('revoke', { input: checkOptions('revoke', input) }),
    async rotateEntity(input) {
      const { signal: _, ...file } = fileOf(checkOptions('rotateEntity', input).backup)
      return call('rotateEntity', { input: file, waits: true })
    },
    health: () => call('health'),
    caughtUp: async (options = {}) => call('caughtUp', { ...checkOptions('caughtUp', options), waits: true }),
    drain: async (options = {}) => call('drain', { ...checkOptions('drain', options), waits: true }),
    async [Symbol.asyncDispose]() {
      await items.close()
      connection.close()
    },
  }
}

function sendingOf(connection: Connection): Pick<Desk, 'send' | 'sendGroup' | 'wasSent' | 'preview'> {
  const { call } = connection
  const thread = (handle: ThreadHandle) => remoteThread(connection, handle)
  return {
    async send(draft, options) {
      return thread(await call<ThreadHandle>('send', bodyOf(draft, options)))
    },
    async sendGroup(siblings, options) {
      const { threads } = await call<{ threads: ThreadHandle[] }>('sendGroup', groupOf(siblings, options))
      return threads.map(thread)
    },
    async wasSent(given, options) {
      const asked = isGroup(given) ? groupOf(given, options) : bodyOf(given, options)
      return (await call<{ done: boolean }>(isGroup(given) ? 'groupWasSent' : 'wasSent', asked)).done
    },
    preview: async (draft, options) => call('preview', { input: bodyOf(draft, options).input }),
  }
}

const isGroup = (given: Draft | readonly Partial<Draft>[]): given is readonly Partial<Draft>[] =>
  Array.isArray(given)

function bodyOf(draft: Draft, options: SendOptions) {
  const { key, ...how } = checkSend(options)
  return { key, input: { referral: checkDraft(draft), ...how } }
}

function groupOf(given: readonly Partial<Draft>[], options: GroupOptions) {
  const { siblings, options: checked } = checkGroup(given, options)
  const { key, ...how } = checked
  return { key, input: { siblings, ...how } }
}

/** Makes the path absolute, because the service may have another working directory. */
const fileOf = (options: BackupOptions): BackupOptions => ({ ...options, file: resolve(options.file) })

async function threadsOf(
  { call }: Connection,
  { limit = 100, ...which }: ThreadsOptions,
): Promise<ThreadSummary[]> {
  const found: ThreadSummary[] = []
  let [left, after] = [limit, which.after]
  for (;;) {
    const asked = Math.min(left, PAGE)
    const { threads } = await call<{ threads: ThreadSummary[] }>('threads', {
      input: { ...which, limit: asked, after },
    })
    found.push(...threads)
    const read = new Set(threads.map(({ id }) => id)).size
    left -= read
    if (read < asked || left === 0) return found
    after = threads.at(-1)?.cursor
  }
}

async function erasedOf(
  { call }: Connection,
  { limit = 100, after }: { readonly limit?: number; readonly after?: ErasedThread },
): Promise<ErasedThread[]> {
  const found: ErasedThread[] = []
  let last = after
  for (;;) {
    const asked = Math.min(limit - found.length, PAGE)
    const place = last && { afterMs: last.erasedMs, afterId: last.id }
    const { threads } = await call<{ threads: ErasedThread[] }>('erased', {
      input: { limit: asked, ...place },
    })
    found.push(...threads)
    if (threads.length < asked || found.length === limit) return found
    last = threads.at(-1)
  }
}
