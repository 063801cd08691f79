// Measures reads of `status`, `inbox` and single threads with 10² to 10⁵ finished threads in the store. docs/guide/benchmark.md, "Growth"
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Manifest } from '@rex/proto/core/v1/envelope'
import type { Desk } from '@rex/sdk'
import { encode } from '@rex/sdk/core'
import { findThread } from '../../sdk/src/cli/desk.ts'
import { openDesk } from '../../sdk/src/client/desk.ts'
import { openSqliteDeskStore } from '../../sdk/src/client/store/sqlite.ts'
import type { DeliveryRecord, DeskStore, DeskWrites } from '../../sdk/src/client/store/store.ts'
import type { OpenThread } from '../../sdk/src/client/thread/repository/open-thread.ts'
import { ThreadRepository } from '../../sdk/src/client/thread/repository/repository.ts'
import { toHex } from '../../sdk/src/core/encoding/encoding.ts'
import { manifestDigest } from '../../sdk/src/core/envelope/digest.ts'
import { openGateway } from '../../sdk/src/testing/gateway/gateway.ts'
import { openWire } from '../../sdk/src/testing/gateway/wire.ts'
import { testKeys } from '../../sdk/src/testing/parties/keys.ts'
import { createActivity } from '../../sdk/src/testing/time/activity.ts'
import { virtualClock } from '../../sdk/src/testing/time/clock.ts'
import { GRANTED, testReferral } from '../content.ts'
import { type Effort, interleave, median, medianRatio } from '../measure/rounds.ts'

/** Figures for a number of finished threads. */
export interface DeskFigures {
  readonly threads: number
  /** Time to read what `rex-desk status` shows: health, threads waiting for this organisation, parked items, peers. Milliseconds. */
  readonly statusMs: number
  /** Ratio to the time with the fewest threads. */
  readonly statusRatio: number
  /** Time to read what `rex-desk inbox` shows: threads waiting for this organisation, and the 200 most recently changed. Milliseconds. */
  readonly inboxMs: number
  readonly inboxRatio: number
  /**
   * Time to find three threads as `rex-desk show` does: two by this desk's reference, one by its id prefix.
   * Milliseconds.
   */
  readonly findMs: number
  readonly findRatio: number
}

export const NOW = Date.UTC(2026, 10, 23, 12)
const LIMIT = 200
const THREADS_PER_COMMIT = 500
const ALL = 100_000
/** Length of an id prefix that is unique among 10⁵ ids. */
const PREFIX = 12

/** Measures desks with these numbers of finished threads, interleaved. */
export async function measureDesks(counts: readonly number[], effort: Effort): Promise<DeskFigures[]> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'rex-desk-growth-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const status: Record<string, () => Promise<number>> = {}
  const inbox: Record<string, () => Promise<number>> = {}
  const find: Record<string, () => Promise<number>> = {}
  for (const count of counts) {
    const { desk } = await deskWith(count, join(directory, `${count}.db`))
    undo.use(desk)
    status[count] = () => timeFor(effort.ms, () => readStatus(desk))
    inbox[count] = () => timeFor(effort.ms, () => readInbox(desk))
    find[count] = () => timeFor(effort.ms, () => findTwo(desk, count))
  }
  const statuses = await interleave(status, effort.rounds)
  const inboxes = await interleave(inbox, effort.rounds)
  const finds = await interleave(find, effort.rounds)
  const [fewest] = counts as readonly [number]
  const of = (times: typeof statuses, count: number) => times[count] as number[]
  return counts.map((threads) => ({
    threads,
    statusMs: median(of(statuses, threads)),
    statusRatio: medianRatio(of(statuses, threads), of(statuses, fewest)),
    inboxMs: median(of(inboxes, threads)),
    inboxRatio: medianRatio(of(inboxes, threads), of(inboxes, fewest)),
    findMs: median(of(finds, threads)),
    findRatio: medianRatio(of(finds, threads), of(finds, fewest)),
  }))
}

async function readStatus(desk: Desk): Promise<void> {
  await Promise.all([desk.threads({ mine: true, limit: ALL }), desk.parked(), desk.peers(), desk.health()])
}

async function readInbox(desk: Desk): Promise<void> {
  await desk.threads({ mine: true, limit: LIMIT })
  await desk.threads({ limit: LIMIT })
}

/**
 * Finds two random threads by reference, and the second one again by its id prefix. Most likely, neither has
 * been read before.
 */
async function findTwo(desk: Desk, count: number): Promise<void> {
  const { id } = await findThread(desk, refOf(randomInt(1, count)))
  const { id: other } = await findThread(desk, refOf(randomInt(1, count)))
  const found = await findThread(desk, other.slice(0, PREFIX))
  if (id === '' || found.id !== other) throw new Error(`${other.slice(0, PREFIX)} is not found.`)
}

export function refOf(copy: number): string {
  return `H-2026-${copy}`
}

export async function timeFor(ms: number, work: () => Promise<void>): Promise<number> {
  const times: number[] = []
  for (const end = performance.now() + ms; times.length === 0 || performance.now() < end; ) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return median(times)
}

/**
 * Creates a recipient's desk with `count` finished threads: one real thread, and copies of it with the references `refOf(1)` to `refOf(count - 1)`.
 */
export async function deskWith(
  count: number,
  path: string,
): Promise<{ readonly desk: Desk; readonly store: DeskStore; readonly threads: ThreadRepository }> {
  const activity = createActivity()
  const clock = virtualClock(NOW, async () => {})
  const wire = openWire({ clock, activity, nextFault: () => undefined })
  const open = (name: string, store: DeskStore) =>
    openDesk({
      keys: testKeys(name, NOW),
      store,
      link: openGateway({ name, clock, activity, wire }),
      clock,
      gatherMs: 0,
    })
  const store = openSqliteDeskStore(path, { durable: false })
  const ngo = await open('ngo', store)
  await using hotline = await open('hotline', openSqliteDeskStore(':memory:', { durable: false }))
  await pair(hotline, ngo)
  const { id } = await hotline.send(testReferral(), {
    to: { organisation: ngo.organisation, sections: GRANTED },
  })
  await finish(ngo, id)
  await hotline.drain()
  const { organisation, archiveKey } = testKeys('ngo', NOW)
  const threads = new ThreadRepository(organisation, archiveKey, store)
  await copies(store, threads, { id, count: count - 1 })
  await check(ngo, count)
  return { desk: ngo, store, threads }
}

/** Checks that all threads exist, can be read, and are finished. */
async function check(desk: Desk, count: number): Promise<void> {
  const { referrals } = await desk.health()
  const [open, last] = [await desk.threads({ open: true }), await desk.threads({ limit: LIMIT })]
  const over = last.filter(({ state }) => state === 'completed').length
  if (referrals !== count || open.length > 0 || over !== Math.min(count, LIMIT))
    throw new Error(
      `Of ${referrals} threads ${open.length} are open; of ${last.length} listed ${over} are over.`,
    )
}

async function pair(one: Desk, other: Desk): Promise<void> {
  await Promise.all([one.caughtUp(), other.caughtUp()])
  await one.pair((await other.invite()).invite)
  await other.pair((await one.invite()).invite)
}

/** Accepts and completes the referral at the recipient's desk. */
async function finish(desk: Desk, id: string): Promise<void> {
  for await (const item of desk.receive()) {
    await item.ack()
    if (item.kind === 'referral' && item.thread.id === id) break
  }
  const thread = await desk.thread(id)
  await thread.accept()
  await thread.complete({ outcome: 'service-provided' })
  await desk.drain()
}

/** Copies a thread `count` times, each time under a new thread key. */
async function copies(
  store: DeskStore,
  threads: ThreadRepository,
  { id, count }: { id: string; count: number },
): Promise<void> {
  const thread = threads.open(id)
  const deliveries = store.read.deliveries(id)
  for (let from = 0; from < count; from += THREADS_PER_COMMIT)
    await store.commit((write) => {
      for (let i = from; i < Math.min(count, from + THREADS_PER_COMMIT); i++)
        copy(write, { threads, thread, deliveries, updatedMs: NOW - i, ref: refOf(i + 1) })
    })
}

interface Original {
  readonly threads: ThreadRepository
  readonly thread: OpenThread
  readonly deliveries: readonly DeliveryRecord[]
  readonly updatedMs: number
  readonly ref: string
}

/** Copies a thread with new digests, which refer to each other like those of the original. */
function copy(write: DeskWrites, { threads, thread, deliveries, updatedMs, ref }: Original): void {
  const { role, test, summary, messages } = thread
  const made = threads.create({
    id: randomBytes(16).toString('hex'),
    role,
    test,
    summary: { ...summary, ref },
  })
  write.putThread(threads.record(made, updatedMs))
  const digests = new Map<string, string>()
  for (const { digest: before, status, manifest, evidence } of messages) {
    const payload = encode(Manifest, {
      ...manifest,
      threadId: Buffer.from(made.id, 'hex'),
      heads: manifest.heads.map((head) => Buffer.from(digests.get(toHex(head)) as string, 'hex')),
    })
    const digest = toHex(manifestDigest(payload))
    digests.set(before, digest)
    const content = threads.sealMessage(made, {
      ...evidence,
      manifest: evidence.manifest && { ...evidence.manifest, payload },
    })
    write.addMessage({ digest, thread: made.id, status, content })
    for (const delivery of deliveries.filter(({ message }) => message === before))
      write.addDelivery({ ...delivery, message: digest, thread: made.id, state: 'received' })
  }
}
