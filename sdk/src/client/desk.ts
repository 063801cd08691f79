// Composes an open desk from its parts, and serves the calls of an application. docs/architecture.md, "The desk"
import type { AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import { toHex } from '../core/encoding/encoding.ts'
import { RexError } from '../core/error.ts'
import { readEntityId } from '../core/identifier.ts'
import { signInvite, verifyInvite } from '../core/identity/invite.ts'
import { localSigner } from '../core/jose/jose.ts'
import type { Needs, Presets } from '../core/referral/index.ts'
import type { GrowingLog } from '../sqlite/log.ts'
import type { BackupOptions, Desk } from './api/desk.ts'
import { checkOptions } from './api/options.ts'
import type { DeskProblem } from './api/problems.ts'
import { Changes } from './changes/changes.ts'
import { iterateChanges } from './changes/iterate.ts'
import { untilAborted } from './clock/clock.ts'
import { once } from './clock/turns.ts'
import { type ContextParts, type DeskContext, openContext } from './context.ts'
import { createReports } from './deliveries/reports.ts'
import { Eraser } from './erasure/erase.ts'
import { Retention } from './erasure/retention.ts'
import { Feed } from './feed/feed.ts'
import { createNotices } from './feed/notices.ts'
import { createContact } from './gateway/contact.ts'
import { holdLease, leaseOfRestored, leaseProblems } from './gateway/lease.ts'
import { Publisher } from './gateway/publisher.ts'
import { Alarms } from './maintenance/alarms.ts'
import { EntityKey, type KeepFounding } from './maintenance/entity-key.ts'
import { EpochKeys } from './maintenance/epochs.ts'
import { Health } from './maintenance/health.ts'
import { LastingProblems } from './maintenance/lasting.ts'
import { Maintenance } from './maintenance/maintenance.ts'
import { MessageKeys } from './maintenance/message-keys.ts'
import { NAMED, waitingProblems } from './maintenance/waiting.ts'
import { createSentReceipts } from './outbox/sent-receipts.ts'
import { judgeHeld } from './receive/held.ts'
import { Inbox } from './receive/inbox.ts'
import { LostMemory } from './recovery/lost-memory.ts'
import { hasSeenMore, knownTo, noteOlder, olderCopy, olderCopyProblems } from './recovery/older-copy.ts'
import { tellOfRestore } from './recovery/resume.ts'
import type { RetentionRules } from './retention-rules.ts'
import { Search } from './search/search.ts'
import { EventComposer } from './send/event.ts'
import { openIdempotency } from './send/idempotency.ts'
import { Redate } from './send/redate.ts'
import { Sender } from './send/sender.ts'
import { Reseal } from './submit/reseal.ts'
import { Submitter } from './submit/submitter.ts'
import { type ActionsOptions, threadActions } from './thread-actions.ts'
import { listThreads, overdueTracks } from './threads.ts'

const INVITE_LIFETIME = 30 * 24 * 60 * 60_000

/** The parts from which a desk is composed. */
export interface DeskParts extends ContextParts {
  /** The information that the organisation needs in referrals, for publication in its statement. Default: none. */
  readonly needs?: Needs | undefined
  /** How long threads are kept after they end. Default: indefinitely. */
  readonly rules?: RetentionRules | undefined
  /** The organisation's presets, read for every send. Default: none. */
  readonly presets?: () => Promise<Presets>
  readonly takeOver?: string | undefined
  /** How long receipts wait under load so that they can be batched, in milliseconds; 0: no wait. Default: 50. */
  readonly gatherMs?: number
  /** Returns the free bytes on the desk's disk. Default: unknown. */
  readonly free?: () => Promise<number | undefined>
  /** Writes a backup file. Default: fails, because the desk has no directory. */
  readonly backup?: (options: BackupOptions) => Promise<void>
  /** Saves a new entity key. Default: fails, because the desk has no directory. */
  readonly keepFounding?: KeepFounding
  /** Returns the store's write-ahead log if it keeps growing. Default: undefined. */
  readonly growing?: () => GrowingLog | undefined
}

/** Opens a desk from the given parts. */
export async function openDesk(parts: DeskParts): Promise<Desk> {
  const { keys } = parts
  const context = openContext(parts)
  const { desk, log } = context
  const closing = new AbortController()
  const { signal } = closing
  const sides = openSides(parts, context, signal)
  const { lease, reseal, submitter, alarms } = sides
  context.reconciliation.by(() => meet(sides))
  const caughtUp = Promise.withResolvers<void>()
  caughtUp.promise.catch(ignore)
  desk.events.on('drained', () => {
    log({ level: 'info', message: 'The mailbox has been read up to now.', fields: {} })
    caughtUp.resolve()
  })

  await judgeHeld(desk).catch((error: unknown) =>
    desk.warn('Held messages could not be judged again.', RexError.from(error)),
  )
  if (keys.resumes !== undefined)
    await tellOfRestore(desk, { ...sides, resumes: keys.resumes }).catch(async (error) => {
      closing.abort()
      lease.close()
      await Promise.all([alarms.close(), submitter.close(), sides.sent.closed(), reseal.close()])
      throw error
    })
  const epochs = await EpochKeys.open({ ...desk, keyring: sides.keyring, log, signal })
  const inbox = new Inbox(desk, { ...sides, decapsulator: epochs.decapsulator })
  const retention = new Retention(desk, { ...sides, rules: parts.rules, log, signal })
  const maintenance = new Maintenance(desk, { ...sides, epochs, retention, log, signal })
  const { health, lasting } = openHealth(context, { parts, epochs, sides: { ...sides, inbox } })
  desk.events.on('drained', maintenance.drained)
  desk.lost.signal.addEventListener('abort', () => {
    endReading(sides, desk.lost.signal.reason)
    caughtUp.reject(desk.lost.signal.reason)
    health.logNew()
    void lasting.now()
  })

  const backups = new Set<Promise<void>>()
  async function close(): Promise<void> {
    closing.abort()
    await Promise.allSettled(backups)
    await Promise.all([maintenance.close(), lasting.close()])
    lease.close()
    endReading(sides)
    caughtUp.reject(new RexError('CANCELLED', 'The desk is closed.'))
    const ended = [alarms.close(), inbox.close(), submitter.close(), sides.sent.closed(), reseal.close()]
    sides.link.close()
    await Promise.all(ended)
    await desk.store[Symbol.asyncDispose]()
  }

  return deskOf(desk, {
    parts,
    sides,
    maintenance,
    messageKeys: new MessageKeys(desk, sides),
    retention,
    health,
    caughtUp: caughtUp.promise,
    close: once(close),
    backup: backupWhile(signal, backups, parts.backup),
  })
}

/** Ends the iterations of the application: with an error, or normally when the desk closes. */
function endReading({ feed, changes }: Pick<Sides, 'feed' | 'changes'>, error?: RexError): void {
  feed.end(error)
  changes.end(error ?? new RexError('CANCELLED', 'The desk is closed.'))
}

/** Makes backups while the desk is open. Closing the desk cancels running backups and waits for them to stop. */
function backupWhile(
  open: AbortSignal,
  running: Set<Promise<void>>,
  write: DeskParts['backup'] = async () => {
    throw new RexError('NOT_FOUND', 'This desk has no directory.')
  },
): Desk['backup'] {
  return async (options) => {
    const { signal, ...how } = checkOptions('backup', options)
    const work = write({ ...how, signal: signal ? AbortSignal.any([open, signal]) : open }).catch((error) => {
      throw open.aborted ? new RexError('CANCELLED', 'The desk is closed.', { cause: error }) : error
    })
    running.add(work)
    await work.finally(() => running.delete(work))
  }
}

/**
 * Gets the lease from the desk's gateway, and publishes a change of keys that is not published yet. From then on,
 * others can verify what this desk signs.
 */
async function meet({ lease, publisher }: Pick<Sides, 'lease' | 'publisher'>): Promise<void> {
  await lease.fence()
  await publisher.publishChange()
}

/** Starts to report the problems of the desk: to people, to the log, and as changes. */
function openHealth(
  context: ReturnType<typeof openContext>,
  {
    parts,
    epochs,
    sides,
  }: { readonly parts: DeskParts; readonly epochs: EpochKeys; readonly sides: Sides & { inbox: Inbox } },
) {
  const { desk, log } = context
  const health = new Health({ ...desk, ...sides, epochs, sources: sourcesOf(desk, context, sides), log })
  const read = async () => health.report(await waitingOf(desk, parts)).problems
  const lasting = new LastingProblems({ desk, read })
  desk.events.on('problems', health.logNew)
  desk.store.on('notices', health.logNew)
  desk.events.on('problems', lasting.changed)
  desk.store.on('notices', lasting.changed)
  sides.contact.onChange(lasting.changed)
  return { health, lasting }
}

/** Returns the parts of the desk that report problems. If the store has failed, only the store reports. */
function sourcesOf(
  { store, lost }: DeskContext,
  { reconciliation }: ReturnType<typeof openContext>,
  { publisher, contact, inbox, redate, submitter, notices }: Sides & { readonly inbox: Inbox },
) {
  const { read } = store
  const waits = () => read.busy() || read.waiting().some(({ state }) => state === 'sent')
  const ownContact = {
    problems() {
      const ended = [...leaseProblems(lost.signal), ...olderCopyProblems(lost.signal)]
      return ended.length > 0 ? ended : contact.problems(waits(), reconciliation.waits())
    },
  }
  return () =>
    store.isUsable() ? [publisher, ownContact, store, inbox, redate, submitter, notices] : [store]
}

/** Creates the parts of the desk that communicate with its gateway, its partners and the application. */
function openSides(
  parts: DeskParts,
  { desk, reconciliation, keyring }: ReturnType<typeof openContext>,
  signal: AbortSignal,
) {
  const { keys, link, needs, presets = async () => ({}), takeOver } = parts
  const { store, lost } = desk
  const contact = createContact()
  const publisher = new Publisher({ ...desk, keyring, needs, link, signal })
  const reseal = new Reseal(desk)
  const lostMemory = new LostMemory(desk, () => publisher.publish())
  const lease = holdLease(link, {
    chain: keys.chain,
    takeOver: keys.resumes === undefined ? takeOver : true,
    clock: desk.clock,
    known: () => knownTo(store.read),
    async met(answer: AcquireLeaseResponse) {
      contact.answered()
      desk.time.gateway(answer)
      if (hasSeenMore(store.read, answer)) {
        await noteOlder(store, { keyring, nowMs: desk.clock.now() })
        throw olderCopy()
      }
      await lostMemory.metGateway(toHex(answer.incarnation))
      reconciliation.answered()
    },
    failed: contact.failed,
  })
  const sent = createSentReceipts(desk, AbortSignal.any([signal, lost.signal]))
  const redate = new Redate(desk)
  const informed = Promise.withResolvers<void>()
  const submitter = new Submitter(desk, {
    ...{ link, redate, sent, gatherMs: parts.gatherMs },
    lease: keys.resumes === undefined ? lease : leaseOfRestored({ lease, publisher, redate, informed }),
  })
  const composer = new EventComposer(desk, redate)
  const idempotency = openIdempotency(store, keys.archiveKey)
  const sender = new Sender(desk, { idempotency, presets, archiveKey: keys.archiveKey })
  const statement = async () => {
    if (!publisher.hasPublished) await lease.fence()
    return publisher.statement()
  }
  const introduced = async () => {
    if (store.read.configurations(desk.organisation).length === 0) await statement()
  }
  const eraser = new Eraser(desk, composer)
  const actions: ActionsOptions = { desk, composer, eraser, idempotency, introduced }
  const feed = new Feed({ ...desk, actionsOf: (thread) => threadActions(thread, actions) })
  const alarms = new Alarms(desk)
  const notices = createNotices({
    store,
    now: desk.clock.now,
    // On failure, the next round of maintenance tries again.
    announced: (organisation) =>
      (organisation === desk.organisation
        ? publisher.publishIfDue(lease.fence())
        : desk.peers.announced(organisation)
      ).catch((error: unknown) => desk.warn('The news of a statement had no effect.', RexError.from(error))),
  })
  const reports = createReports(desk, redate)
  const { keepFounding } = parts
  const entityKey = new EntityKey(desk, { keyring, publisher, lease, keepFounding, signal })
  store.on('items', feed.wake)
  store.on('outgoing', submitter.wake)
  store.on('reseal', () => void reseal.wake())
  store.on('sent', alarms.sent)
  return {
    ...{ link, contact, keyring, publisher, lease, statement, informed },
    ...{ sent, redate, reseal, lostMemory, submitter, composer, sender, reports },
    ...{ actions, eraser, feed, alarms, notices, entityKey },
    ...{ changes: new Changes(desk), search: new Search(desk, signal) },
  }
}

type Sides = ReturnType<typeof openSides>

/** Returns the operations of an open desk. */
function deskOf(
  desk: DeskContext,
  open: {
    readonly parts: DeskParts
    readonly sides: Sides
    readonly maintenance: Maintenance
    readonly messageKeys: MessageKeys
    readonly retention: Retention
    readonly health: Health
    readonly caughtUp: Promise<void>
    readonly close: () => Promise<void>
    readonly backup: Desk['backup']
  },
): Desk {
  const { sender, submitter, reseal, feed, changes, search, actions, statement, keyring } = open.sides
  const { peers, threads, store } = desk
  return {
    organisation: desk.organisation,
    send: async (draft, options) => threadActions(await sender.send(draft, options), actions),
    preview: (draft, options) => sender.preview(draft, options),
    async sendGroup(siblings, options) {
      const threads = await sender.sendGroup(siblings, options)
      return threads.map((thread) => threadActions(thread, actions))
    },
    wasSent: async (given, options) => sender.wasSent(given, options),
    receive(options = {}) {
      return feed.receive(checkOptions('receive', options))
    },
    parked: async () => feed.parked(),
    async thread(id) {
      checkOptions('thread', { id })
      return threadActions(threads.open(id), actions)
    },
    async threads(options = {}) {
      return listThreads(desk, search, checkOptions('threads', options))
    },
    changes: (options = {}) => iterateChanges(changes.read, checkOptions('deskChanges', options)),
    readChanges: async (options = {}) => changes.read(checkOptions('readChanges', options)),
    lastChange: async () => changes.last(),
    async retention(options = {}) {
      return open.retention.preview(checkOptions('retention', options).limit ?? 100)
    },
    async erased(options = {}) {
      const { limit = 100, after } = checkOptions('erased', options)
      return store.read.erased(limit, after && { ms: after.erasedMs, id: after.id })
    },
    invite: () => invited(desk, { statement, keyring }),
    async statements(organisations) {
      checkOptions('statements', { organisations })
      await actions.introduced()
      return organisations.flatMap((id) => store.read.configurations(id))
    },
    messageKeys: async () => open.messageKeys.list(),
    receiptKeys: async () => open.messageKeys.receipts(),
    async revoke(input) {
      return open.messageKeys.revoke(checkOptions('revoke', input))
    },
    async rotateEntity(input) {
      return open.sides.entityKey.rotate(checkOptions('rotateEntity', input).backup)
    },
    pair: (invite) => peers.pair(invite),
    peers: async () => peers.list(),
    backup: open.backup,
    async unpair(organisation) {
      checkOptions('unpair', { organisation })
      const id = readEntityId(organisation)
      await peers.unpair(id, (also) => submitter.unpaired(id, also))
    },
    async health() {
      await open.maintenance.renewalTried
      await open.sides.contact.tried(open.maintenance.publishingTried)
      if (!store.isUsable()) return { ...open.health.report(), referrals: 0 }
      const waiting = await waitingOf(desk, open.parts)
      return { ...open.health.report(waiting), referrals: store.read.threadCount() }
    },
    async caughtUp(options = {}) {
      const { signal } = checkOptions('caughtUp', options)
      await untilAborted(open.caughtUp, signal, 'The gateway has not answered yet.')
    },
    async drain(options = {}) {
      const { signal } = checkOptions('drain', options)
      // If the signal has already aborted, skip this wait: `drained` then reports why messages still wait.
      if (signal?.aborted !== true)
        await untilAborted(reseal.wake(), signal, 'Messages still wait to be sent.')
      await submitter.drained(signal)
    },
    [Symbol.asyncDispose]: open.close,
  }
}

/** Makes an invite. Gets the statement first, so that the entity key read afterwards is the key that signed the statement. */
async function invited({ time }: DeskContext, { statement, keyring }: Pick<Sides, 'statement' | 'keyring'>) {
  const now = time.date()
  const configuration = await statement()
  const signer = localSigner(keyring.keys.entitySeed)
  const invite = await signInvite(configuration, { signer, now, expiresMs: now + INVITE_LIFETIME })
  return { invite, words: (await verifyInvite(invite, now)).words }
}

function waitingOf(
  desk: DeskContext,
  { free = async () => undefined, growing = () => undefined }: DeskParts,
): Promise<DeskProblem[]> {
  const { organisation, store, peers, clock } = desk
  const overdue = () => overdueTracks(desk, NAMED)
  const options = { organisation, read: store.read, peers: () => peers.list(), overdue, free, log: growing }
  return waitingProblems({ ...options, now: clock.now })
}

const ignore = () => {}
