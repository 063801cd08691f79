// An open desk: the composition of keystore, store, link, outbox, inbox and feed. docs/guide/desk.md
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import { toHex } from '../core/encoding/encoding.ts'
import { OpenFailure } from '../core/envelope/open.ts'
import { RexError } from '../core/error.ts'
import { readEntityId } from '../core/identifier.ts'
import { signInvite, verifyInvite } from '../core/identity/invite.ts'
import { localSigner } from '../core/jose/jose.ts'
import { chooseSuite } from '../core/jose/suite.ts'
import type { Draft, Needs, Presets } from '../core/referral/index.ts'
import { refuseBroken } from '../core/referral/lint/finding.ts'
import { invalidReferral, problem } from '../core/referral/problem.ts'
import { type GrowingLog, growingLog } from '../sqlite/log.ts'
import type {
  ConnectOptions,
  Desk,
  DeskLogEntry,
  GroupOptions,
  Preview,
  SendOptions,
  Thread,
} from './api/api.ts'
import { checkDraft, checkGroup, checkOptions, checkSend } from './api/options.ts'
import { type Clock, systemClock } from './clock/clock.ts'
import { createDeskTime } from './clock/time.ts'
import { openFeed } from './feed/items.ts'
import { createNotices } from './feed/notices.ts'
import { createContact } from './gateway/contact.ts'
import { holdLease, leaseProblems } from './gateway/lease.ts'
import { type MailboxLink, openLink } from './gateway/link.ts'
import { openPeers, sealingKeys } from './gateway/peers.ts'
import { type HandleOptions, threadHandle } from './handle.ts'
import { type CurrentKeys, openCurrent, writeCurrent } from './keys/current.ts'
import { type FoundingKeys, type Keys, openFounding } from './keys/keystore.ts'
import { randomSource } from './keys/random.ts'
import { createAlarms } from './maintenance/alarms.ts'
import { NAMED, waitingProblems, watchingRoom } from './maintenance/health.ts'
import { startPageCheck } from './maintenance/page-check.ts'
import { startUpkeep } from './maintenance/upkeep.ts'
import { openOutbox } from './outbox/outbox.ts'
import { readNeeds, readPresets } from './own-files.ts'
import { createDeliveries, type Deliveries } from './receive/deliveries.ts'
import { openInbox } from './receive/inbox.ts'
import { createIntake, type OpenIntake } from './receive/intake.ts'
import { hasSeenMore, knownTo, olderCopy, restoredIfOlder } from './recovery/older-copy.ts'
import { resumeThreads, showChain } from './recovery/resume.ts'
import { grouped, groupIdOf } from './send/group.ts'
import { openIdempotency } from './send/idempotency.ts'
import { outline, planSend } from './send/plan.ts'
import { fitsInto } from './send/preview.ts'
import { createRedate } from './send/redate.ts'
import { createResend } from './send/resend.ts'
import { type Addressed, sendContent } from './send/send-content.ts'
import { openVoice } from './send/speak.ts'
import { keepingTime } from './store/keeping-time.ts'
import { openSqliteDeskStore, STORE_FILE } from './store/sqlite.ts'
import type { DeskStore } from './store/store.ts'
import { GROUP_ID, openBook } from './thread/book.ts'
import { listThreads, overdueTracks } from './threads.ts'

const DAY = 24 * 60 * 60_000
const INVITE_LIFETIME = 30 * DAY
const REFRESH_MS = 3_000
/** Opens the desk of a directory. @throws RexError NOT_FOUND, UNLOCK_FAILED, CONFIG_INVALID, STORE_IN_USE, STORE_FULL, STORE_FAILED, CANCELLED */
export async function connect(given: ConnectOptions): Promise<Desk> {
  const { directory, unlock, signal, ...options } = checkOptions('connect', given)
  const passphrase = await untilAborted(unlock(), signal, 'Opening the desk was cancelled.')
  const founding = await openFounding(directory, passphrase)
  const store = openSqliteDeskStore(join(directory, STORE_FILE))
  const opening = openWith(store, { directory, founding, options })
  const desk = await opening.catch(async (error: unknown) => {
    await store[Symbol.asyncDispose]()
    throw error
  })
  return signal === undefined ? desk : closedBy(signal, desk)
}

/** The current keys are read when the store is held: no other process changes them any more. */
async function openWith(
  store: DeskStore,
  at: { directory: string; founding: FoundingKeys; options: Pick<DeskParts, 'takeOver' | 'log'> },
): Promise<Desk> {
  const { directory, founding } = at
  const { archiveKey } = founding
  const keep = (current: CurrentKeys) => writeCurrent(directory, current, archiveKey)
  const found = { ...founding, ...(await openCurrent(directory, archiveKey)) }
  const link = openLink(found)
  const { takeOver = false } = at.options
  const keys = await restoredIfOlder(store, found, { link, takeOver, keep, now: Date.now })
  const needs = await readNeeds(directory)
  const presets = () => readPresets(directory)
  const desk = await openDesk({
    ...at.options,
    keys,
    keep,
    store,
    needs,
    presets,
    link,
    free: () => freeBytes(directory),
    growing: () => growingLog(join(directory, STORE_FILE)),
  })
  startPageCheck(store)
  return desk
}

/** A desk that a signal closes; one that is aborted already closes it now. @throws RexError CANCELLED */
async function closedBy(signal: AbortSignal, desk: Desk): Promise<Desk> {
  if (signal.aborted) {
    await desk[Symbol.asyncDispose]()
    throw new RexError('CANCELLED', 'Opening the desk was cancelled.')
  }
  signal.addEventListener('abort', () => void desk[Symbol.asyncDispose](), { once: true })
  return desk
}

/** What a desk is composed of. */
export interface DeskParts {
  readonly keys: Keys
  /** Keeps the keys that change, durably. Default: they are not kept. */
  readonly keep?: (current: CurrentKeys) => Promise<void>
  readonly store: DeskStore
  readonly link: MailboxLink
  /** What the organisation needs of referrals, to be published. Default: nothing is said. */
  readonly needs?: Needs | undefined
  /** The organisation's presets, read whenever something is sent. Default: none. */
  readonly presets?: () => Promise<Presets>
  readonly takeOver?: boolean
  readonly log?: NonNullable<ConnectOptions['log']>
  /** Default: the system's. */
  readonly clock?: Clock
  /** How long receipts wait for company, under load. Milliseconds; 0: never. Default: 50. */
  readonly gatherMs?: number
  /** Bytes that are free on the disk of the desk. Default: unknown. */
  readonly free?: () => Promise<number | undefined>
  /** The write-ahead log of the store, if it only grows. Default: it does not. */
  readonly growing?: () => GrowingLog | undefined
}

/** Opens a desk over given parts. */
export async function openDesk({
  keys,
  keep = async () => {},
  store: opened,
  link,
  needs,
  presets = async () => ({}),
  takeOver = false,
  log: told = () => {},
  clock: system = systemClock,
  gatherMs,
  free = async () => undefined,
  growing = () => undefined,
}: DeskParts): Promise<Desk> {
  const time = createDeskTime(system, opened.read.trustedTime())
  const now = time.date
  /** The system's clock as the gateway and others correct it. */
  const clock: Clock = { ...system, now }
  let tellProblems = () => {}
  const room = watchingRoom(keepingTime(opened, time), () => tellProblems())
  const { store } = room
  const contact = createContact()
  const { organisation, chain, resumes } = keys
  const random = randomSource()
  const log = (entry: DeskLogEntry) => {
    // A line that the program cannot take keeps no message back.
    void (async () => told(entry))().catch(ignore)
  }
  const warn = (message: string, error: RexError) =>
    log({ level: 'warn', message, fields: { reason: error.reason, detail: detailOf(error) } })
  const peers = openPeers({ store, link, now, witness: time.witness, confirmed: time.atLeast })
  const book = openBook(organisation, keys.archiveKey, store.read)
  const met = async (answer: AcquireLeaseResponse): Promise<void> => {
    contact.answered()
    time.gateway(answer)
    if (hasSeenMore(store.read, answer)) throw olderCopy()
    return resend.metGateway(toHex(answer.incarnation))
  }
  const lease = holdLease(link, {
    chain,
    takeOver: takeOver || resumes !== undefined,
    clock,
    known: () => knownTo(store.read),
    met,
    failed: contact.failed,
  })
  const { fence, holds } = lease
  /** Until upkeep has begun, which publishes at its beginning. */
  let republish = async (): Promise<void> => {}
  const lost = new AbortController()
  const signer = localSigner(keys.messageSeed)

  const refused: Deliveries['refused'] = (...ended) => deliveries.refused(...ended)
  const outbox = openOutbox({
    organisation,
    chain,
    signer,
    store,
    link,
    peers,
    random,
    clock,
    notTaken: (ids) => redate.notTaken(ids),
    fence,
    holds,
    refused,
    postponed: () => tellProblems(),
    lost,
    ...(gatherMs !== undefined && { gatherMs }),
    log: warn,
  })
  const released: OpenIntake['released'] = (...change) => intake.released(...change)
  const redate = createRedate({ organisation, store, book, outbox, time, log: warn })
  const sent = () => alarms.sent()
  const wakeItems = () => feed.wake()
  const voice = openVoice({
    organisation,
    chain,
    store,
    book,
    outbox,
    isAhead: redate.isAhead,
    sent,
    released,
    wakeItems,
    random,
    now: time.said,
  })
  const idempotency = openIdempotency(store, keys.archiveKey)
  const handles: HandleOptions = {
    idempotency,
    organisation,
    store,
    book,
    voice,
    outbox,
    resolve: (...decision) => intake.resolve(...decision),
    now,
    configurations,
    nameOf: (id) => peers.list().find((peer) => peer.organisation === id)?.name ?? id,
  }
  const feed = openFeed({
    organisation,
    store,
    book,
    clock,
    handle: (thread) => threadHandle(thread, handles),
    log: warn,
  })
  const caughtUp = Promise.withResolvers<void>()
  caughtUp.promise.catch(ignore)
  lost.signal.addEventListener('abort', () => {
    feed.end(lost.signal.reason)
    caughtUp.reject(lost.signal.reason)
    tellProblems()
  })
  const live = () => {
    log({ level: 'info', message: 'The mailbox is read up to now.', fields: {} })
    upkeep.drained()
    caughtUp.resolve()
  }
  const hopeless: Deliveries['hopeless'] = (...ended) => deliveries.hopeless(...ended)
  const introduce = () => republish().then(peers.introduce)
  const resend = createResend({
    store,
    book,
    peers,
    outbox,
    random,
    clock,
    introduce,
    hopeless,
    log: warn,
  })
  const deliveries = createDeliveries({
    organisation,
    store,
    book,
    peers,
    resend,
    outbox,
    now,
    time,
    givenBack: redate.givenBack,
    wakeItems,
    log: warn,
  })
  const alarms = createAlarms({
    organisation,
    store,
    book,
    deliveries,
    clock,
    wakeItems,
    log: warn,
  })
  const notices = createNotices({ store, now, changed: () => tellProblems() })
  const intake = createIntake({
    organisation,
    store,
    book,
    outbox,
    deliveries,
    heardFrom: resend.heardFrom,
    now,
    wakeItems,
    live,
    notice: notices.take,
    log: warn,
  })

  await intake
    .judgeHeld()
    .catch((error: unknown) => warn('What is held could not be judged again.', RexError.from(error)))
  if (resumes !== undefined)
    await resumeThreads({ chain, resumes, read: store.read, book, voice, warn })
      .then(async (told) => {
        await resend.restored()
        await showChain(store, { told, timeMs: now() })
      })
      .catch(async (error) => {
        lease.close()
        await Promise.all([alarms.close(), outbox.close(), resend.close()])
        throw error
      })
  const upkeep = await startUpkeep({
    keys,
    keep,
    needs,
    link,
    peers,
    expire: deliveries.expire,
    alarms,
    found: () =>
      room.isUsable()
        ? [
            ...leaseProblems(lost.signal),
            ...contact.problems(store.read.busy()),
            ...room.problems(),
            ...inbox.problems(),
            ...redate.problems(),
            ...outbox.problems(),
            ...notices.problems(),
          ]
        : room.problems(),
    waiting: async () =>
      room.isUsable()
        ? waitingProblems({
            organisation,
            read: store.read,
            peers: peers.list,
            overdue: () => overdueTracks({ ...handles, warn }, NAMED),
            free,
            log: growing,
            now,
          })
        : [],
    tried: contact.tried,
    fence,
    clock,
    time,
    log,
    warn,
  })
  republish = upkeep.republish
  tellProblems = upkeep.tellProblems
  let closed: Promise<void> | undefined
  const inbox = openInbox({
    organisation,
    link,
    resolver: peers.resolver,
    decapsulator: upkeep.decapsulator,
    fence,
    holds,
    intake,
    clock,
    time,
    contact,
    log: warn,
    lost,
  })

  async function configurations(organisations: readonly string[]): Promise<string[]> {
    const own = await upkeep.statement()
    return organisations.map((id) => (id === organisation ? own : peers.get(id).jwt))
  }

  async function send(draft: Draft, options: SendOptions): Promise<Thread> {
    const [thread] = await sendAll([checkDraft(draft)], checkSend(options))
    return thread as Thread
  }

  /** All are checked before any is kept, and kept together: nothing is half done. */
  async function sendAll(drafts: readonly Partial<Draft>[], options: Addressed): Promise<Thread[]> {
    outbox.check()
    return idempotency.once({
      key: options.key,
      contents: drafts.map((draft) => sendContent(draft, options)),
      again: (threads) => threads.map((id) => threadHandle(book.open(id), handles)),
      work: async (keep) => {
        const { to, ref, minimumSuite, lifetimeMs, follows } = options
        if (follows !== undefined && book.find(follows) === undefined)
          throw invalidReferral([problem('follows', 'is no thread of this desk')])
        const own = await presets()
        const outlines = drafts.map((draft) => outline(draft, { to, own }))
        const plans = outlines.map((one) => planSend(one, { peers, now: now() }))
        plans.forEach(refuseBroken)
        const how = { ref, minimumSuite, lifetimeMs, follows, also: keep }
        const threads = await voice.refer(plans, how)
        return threads.map((thread) => threadHandle(thread, handles))
      },
    })
  }

  async function sendGroup(given: readonly Partial<Draft>[], options: GroupOptions): Promise<Thread[]> {
    const { siblings, options: checked } = checkGroup(given, options)
    const { shared = {}, ...how } = checked
    const id = how.key === undefined ? toHex(random(GROUP_ID)) : groupIdOf(how.key, keys.archiveKey)
    return sendAll(grouped(siblings, shared, id), how)
  }

  /** The newest statements, as far as they can be had soon. */
  async function refreshed(recipients: readonly { organisation: string }[]): Promise<void> {
    const signal = AbortSignal.timeout(REFRESH_MS)
    await Promise.allSettled(recipients.map(({ organisation: id }) => peers.refresh(id, signal)))
  }

  async function preview(given: Draft, options: SendOptions): Promise<Preview> {
    const draft = checkDraft(given)
    const { to, minimumSuite = 'REX-1' } = checkSend(options)
    const outlined = outline(draft, { to, own: await presets() })
    await refreshed(outlined.recipients)
    const plan = planSend(outlined, { peers, now: now() })
    const type = (index: number) => plan.sections[index]?.type ?? ''
    const recipients = plan.recipients.map(({ organisation: id, granted, staged }) => ({
      organisation: id,
      suite: chooseSuite(sealingKeys(peers.get(id), now()).keys.suites, minimumSuite),
      sections: granted.map(type),
      staged: staged.map(type),
      bytes: fitsInto(granted.map((index) => plan.sections[index]?.content.length ?? 0)),
    }))
    return { findings: plan.findings, presets: plan.presets, recipients }
  }

  return {
    organisation,
    send,
    preview,
    sendGroup,
    receive(options = {}) {
      return feed.receive(checkOptions('receive', options))
    },
    parked: async () => feed.parked(),
    async thread(id) {
      checkOptions('thread', { id })
      return threadHandle(book.open(id), handles)
    },
    async threads(options = {}) {
      return listThreads({ ...handles, warn }, checkOptions('threads', options))
    },
    async invite() {
      const jwt = await upkeep.statement()
      const invite = await signInvite(jwt, {
        signer: localSigner(keys.entitySeed),
        now: time.date(),
        expiresMs: time.date() + INVITE_LIFETIME,
      })
      return { invite, words: (await verifyInvite(invite, time.date())).words }
    },
    pair: (invite) => peers.pair(invite),
    peers: async () => peers.list(),
    async unpair(organisation) {
      checkOptions('unpair', { organisation })
      const id = readEntityId(organisation)
      await peers.unpair(id, (also) => outbox.unpaired(id, also))
    },
    async health() {
      const health = await upkeep.health()
      return { ...health, referrals: room.isUsable() ? store.read.threadCount() : 0 }
    },
    async caughtUp(options = {}) {
      const { signal } = checkOptions('caughtUp', options)
      await untilAborted(caughtUp.promise, signal, 'The gateway has not answered yet.')
    },
    async drain(options = {}) {
      const { signal } = checkOptions('drain', options)
      // Once it is aborted, the outbox says why something waits.
      if (signal?.aborted !== true)
        await untilAborted(resend.wake(), signal, 'Something still waits to be sent.')
      await outbox.drained(signal)
    },
    [Symbol.asyncDispose]: () => {
      closed ??= close()
      return closed
    },
  }

  async function close(): Promise<void> {
    await upkeep.close()
    lease.close()
    feed.end()
    caughtUp.reject(new RexError('CANCELLED', 'The desk is closed.'))
    const closing = Promise.all([alarms.close(), inbox.close(), outbox.close(), resend.close()])
    link.close()
    await closing
    await store[Symbol.asyncDispose]()
  }
}

const ignore = () => {}

async function freeBytes(directory: string): Promise<number | undefined> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

/** The promise, or CANCELLED by the signal. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, message: string): Promise<T> {
  if (signal === undefined) return promise
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const cancel = () => reject(new RexError('CANCELLED', message))
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', cancel))
}

/**
 * What is underneath, for the local log: stage, reason or system code of each cause, outermost first. No text of an error stands
 * there: it may name what somebody else wrote (T-121).
 */
function detailOf({ cause }: Error): string {
  const names: string[] = []
  for (let next: unknown = cause; next instanceof Error; next = next.cause) names.push(nameOfError(next))
  return names.join(' ')
}

function nameOfError(error: Error & { code?: unknown }): string {
  if (error instanceof OpenFailure) return error.stage
  if (RexError.is(error)) return error.reason
  return typeof error.code === 'string' ? error.code : error.name
}
