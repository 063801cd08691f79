// An open desk: the composition of keystore, store, link, outbox, inbox and feed. docs/guide/desk.md
import { hash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { toHex } from '../core/encoding.ts'
import type { Decapsulator } from '../core/envelope/grant.ts'
import { chooseSuite } from '../core/envelope/grant.ts'
import { RexError } from '../core/error.ts'
import { epochAt, epochDecapsulator } from '../core/identity/epoch.ts'
import { signInvite, verifyInvite } from '../core/identity/invite.ts'
import { localSigner } from '../core/jose.ts'
import { LIMITS } from '../core/limits.ts'
import type { Referral } from '../core/referral/index.ts'
import type { ConnectOptions, Desk, Preview, SendOptions, Thread, ThreadSummary } from './api.ts'
import { type OpenThread, openBook } from './book.ts'
import { createDeliveries } from './deliveries.ts'
import { type HandleOptions, threadHandle, viewOf } from './handle.ts'
import { openInbox } from './inbox.ts'
import { createIntake } from './intake.ts'
import { openFeed } from './items.ts'
import { type Keys, openKeystore } from './keystore.ts'
import { holdLease } from './lease.ts'
import { type MailboxLink, openLink } from './link.ts'
import { openOutbox } from './outbox.ts'
import { openPeers, sealingKeys } from './peers.ts'
import { planSend } from './plan.ts'
import { fitsInto } from './preview.ts'
import { openVoice } from './speak.ts'
import { ownStatement } from './statement.ts'
import { openSqliteDeskStore } from './store/sqlite.ts'
import type { DeskStore } from './store/store.ts'

const DAY = 24 * 60 * 60_000
const INVITE_LIFETIME = 30 * DAY
const UPKEEP_MS = 60 * 60_000
const STORE_FILE = 'desk.db'

/** Opens the desk of a directory. @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_IN_USE, STORE_FULL, STORE_FAILED */
export async function connect({
  directory,
  unlock,
  takeOver = false,
  log = () => {},
}: ConnectOptions): Promise<Desk> {
  const keys = await openKeystore(directory, await unlock())
  const store = openSqliteDeskStore(join(directory, STORE_FILE))
  try {
    return await openDesk({ keys, store, link: openLink(keys), takeOver, log })
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

/** What a desk is composed of. */
export interface DeskParts {
  readonly keys: Keys
  readonly store: DeskStore
  readonly link: MailboxLink
  readonly takeOver?: boolean
  readonly log?: NonNullable<ConnectOptions['log']>
  /** Default: the system's clock. */
  readonly now?: () => number
}

/** Opens a desk over given parts. */
export async function openDesk({
  keys,
  store,
  link,
  takeOver = false,
  log = () => {},
  now = Date.now,
}: DeskParts): Promise<Desk> {
  const { organisation, chain } = keys
  const random = (length: number) => randomBytes(length)
  const warn = (message: string, error: RexError) =>
    log({ level: 'warn', message, fields: { reason: error.reason, detail: detailOf(error) } })
  const peers = openPeers({ store, link, now })
  const book = openBook(organisation, keys.archiveKey, store.read)
  const lease = holdLease(link, { chain, takeOver })
  const fence = () => lease.fence()
  const signer = localSigner(keys.messageSeed)

  const refused = (ids: readonly string[], error: RexError): Promise<void> => deliveries.refused(ids, error)
  const outbox = openOutbox({
    organisation,
    chain,
    signer,
    store,
    link,
    peers,
    random,
    now,
    fence,
    refused,
    log: warn,
  })
  const voice = openVoice({ organisation, chain, store, book, outbox, random, now })
  const handles: HandleOptions = {
    organisation,
    store,
    book,
    voice,
    outbox,
    now,
    configurations,
    nameOf: (id) => peers.list().find((peer) => peer.organisation === id)?.name ?? id,
  }
  const feed = openFeed({ organisation, store, book, now, handle: (thread) => threadHandle(thread, handles) })
  const caughtUp = Promise.withResolvers<void>()
  caughtUp.promise.catch(ignore)
  const live = () => {
    log({ level: 'info', message: 'The mailbox is read up to now.', fields: {} })
    caughtUp.resolve()
  }
  const wakeItems = feed.wake
  const deliveries = createDeliveries({ organisation, store, book, peers, outbox, wakeItems, log: warn })
  const intake = createIntake({
    organisation,
    store,
    book,
    outbox,
    deliveries,
    now,
    wakeItems,
    live,
    log: warn,
  })

  let decapsulator = await decapsulatorNow(keys, now())
  let statement: string | undefined
  const sending = new Map<string, Promise<unknown>>()
  const inbox = openInbox({
    organisation,
    link,
    resolver: peers.resolver,
    decapsulator: () => decapsulator,
    fence,
    intake,
    log: warn,
    lost: feed.end,
  })
  const upkeepTimer = setInterval(() => void upkeep(), UPKEEP_MS).unref()
  void upkeep()

  /** What must be done now and then: publish the statement, have keys for the coming epochs, refresh peers. */
  async function upkeep(): Promise<void> {
    try {
      decapsulator = await decapsulatorNow(keys, now())
      await publish()
      await peers.refreshStale()
    } catch (error) {
      warn('Upkeep failed.', RexError.from(error))
    }
  }

  async function publish(): Promise<string> {
    const gateway = await link.directory.getGateway({})
    statement = await ownStatement(keys, gateway, now())
    await link.directory.publish({ entityConfiguration: statement })
    return statement
  }

  async function configurations(organisations: readonly string[]): Promise<string[]> {
    const own = statement ?? (await publish())
    return organisations.map((id) => (id === organisation ? own : peers.get(id).jwt))
  }

  /** Sends with one key go one after the other, so that the second finds the first. */
  function send(referral: Referral, options: SendOptions): Promise<Thread> {
    const { key } = options
    if (key === undefined) return sendNow(referral, options)
    const sent = (sending.get(key) ?? Promise.resolve()).then(() => sendNow(referral, options))
    const done: Promise<void> = sent.then(ignore, ignore).then(() => {
      if (sending.get(key) === done) sending.delete(key)
    })
    sending.set(key, done)
    return sent
  }

  async function sendNow(referral: Referral, options: SendOptions): Promise<Thread> {
    const key = options.key === undefined ? undefined : toHex(hash('sha256', options.key, 'buffer'))
    const content = key === undefined ? '' : contentDigest(referral, options)
    const before = key === undefined ? undefined : store.read.sendKey(key)
    if (before !== undefined) return repeated(before, content, options.key)
    const plan = planSend(referral, options.to, { peers, now: now() })
    const also = (write: Parameters<Parameters<DeskStore['commit']>[0]>[0], thread: OpenThread) =>
      key !== undefined && write.addSendKey(key, content, thread.id)
    const { ref, minimumSuite, lifetimeMs, follows } = options
    const thread = await voice.refer(plan, {
      ref,
      minimumSuite,
      lifetimeMs,
      follows,
      group: groupOf(referral),
      also: (write, opened) => void also(write, opened),
    })
    return threadHandle(thread, handles)
  }

  function repeated(
    { content: known, thread }: { content: string; thread: string },
    content: string,
    key = '',
  ): Thread {
    if (known === content) return threadHandle(book.open(thread), handles)
    throw new RexError('KEY_CONFLICT', 'The idempotency key was used before with other content.', {
      metadata: { key },
    })
  }

  function summaries({
    mine = false,
    limit = 100,
    before = Number.MAX_SAFE_INTEGER,
  }: {
    mine?: boolean
    limit?: number
    before?: number
  } = {}): ThreadSummary[] {
    const all = store.read
      .threads(before, limit)
      .flatMap((record) => summariesOf(book.open(record.id), record.updatedMs))
    return mine ? all.filter(({ nextStep }) => nextStep?.who === organisation) : all
  }

  function summariesOf(thread: OpenThread, updatedMs: number): ThreadSummary[] {
    const { ref, kind, urgent } = thread.summary
    return [...thread.tracks.keys()].map((counterpart) => {
      const { state, nextStep } = viewOf(thread, counterpart, handles)
      const common = {
        id: thread.id,
        test: thread.test,
        role: thread.role,
        counterpart,
        kind,
        state,
        urgent,
        updatedMs,
      }
      return { ...common, ...(ref !== undefined && { ref }), ...(nextStep !== undefined && { nextStep }) }
    })
  }

  async function preview(referral: Referral, options: SendOptions): Promise<Preview> {
    const plan = planSend(referral, options.to, { peers, now: now() })
    const type = (index: number) => plan.sections[index]?.type ?? ''
    const recipients = plan.recipients.map(({ organisation: id, granted, staged }) => ({
      organisation: id,
      suite: chooseSuite(sealingKeys(peers.get(id), now()).keys.suites, options.minimumSuite ?? 'REX-1'),
      sections: granted.map(type),
      staged: staged.map(type),
      bytes: fitsInto(granted.map((index) => plan.sections[index]?.content.length ?? 0)),
    }))
    return { findings: plan.findings, recipients }
  }

  return {
    organisation,
    send,
    preview,
    async sendGroup(referrals, options) {
      const id = toHex(random(16))
      const grouped = referrals.map((referral, i) => ({
        ...referral,
        group: { id, index: i + 1, size: referrals.length },
      }))
      const threads: Thread[] = []
      for (const [i, referral] of grouped.entries())
        threads.push(
          await send(referral, {
            ...options,
            ...(options.key !== undefined && { key: `${options.key}#${i}` }),
          }),
        )
      return threads
    },
    receive: (options = {}) => feed.receive(options),
    thread: async (id) => threadHandle(book.open(id), handles),
    threads: async (options) => summaries(options),
    async invite() {
      const jwt = statement ?? (await publish())
      const invite = await signInvite(jwt, {
        signer: localSigner(keys.entitySeed),
        now: now(),
        expiresMs: now() + INVITE_LIFETIME,
      })
      return { invite, words: (await verifyInvite(invite, now())).words }
    },
    pair: (invite) => peers.pair(invite),
    peers: async () => peers.list(),
    unpair: (id) => peers.unpair(id),
    caughtUp: ({ signal } = {}) => untilAborted(caughtUp.promise, signal),
    drain: ({ signal } = {}) => outbox.drained(signal),
    async [Symbol.asyncDispose]() {
      clearInterval(upkeepTimer)
      lease.close()
      feed.end()
      caughtUp.reject(new RexError('CANCELLED', 'The desk is closed.'))
      const closing = Promise.all([inbox.close(), outbox.close()])
      link.close()
      await closing
      await store[Symbol.asyncDispose]()
    },
  }
}

const ignore = () => {}

function decapsulatorNow({ epochs }: Keys, now: number): Promise<Decapsulator> {
  return epochDecapsulator(epochs, epochAt(now) + LIMITS.epochsAhead + 1)
}

/** The promise, or CANCELLED by the signal. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const cancel = () => reject(new RexError('CANCELLED', 'The gateway has not answered yet.'))
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', cancel))
}

/** What a repeat with the same key must equal. */
function contentDigest(referral: Referral, { to, ref, minimumSuite, follows }: SendOptions): string {
  return toHex(hash('sha256', JSON.stringify([referral, to, ref, minimumSuite, follows]), 'buffer'))
}

function groupOf({ group }: Referral) {
  return group === undefined
    ? undefined
    : { id: Buffer.from(group.id, 'hex'), index: group.index, size: group.size }
}

/** The innermost reason, for the local log: stages and reasons, no content. */
function detailOf(error: unknown): string {
  const inner = error instanceof Error ? error.cause : undefined
  return inner === undefined ? (error instanceof Error ? error.message : String(error)) : detailOf(inner)
}
