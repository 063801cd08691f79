// Composes referrals. Each referral opens a thread with its refer. docs/spec/thread.md, "Events"
import { fromHex, toHex } from '../../core/encoding/encoding.ts'
import type { Suite } from '../../core/jose/suite.ts'
import { trackEventOf } from '../../core/judge.ts'
import type { EventContent } from '../../core/thread/event.ts'
import { openTrack } from '../../core/thread/track.ts'
import type { DeskContext } from '../context.ts'
import { sealMessage } from '../outbox/seal.ts'
import type { DeskWrites } from '../store/store.ts'
import type { OpenThread } from '../thread/repository/open-thread.ts'
import { type Composed, frameOf, keepMessage, laneOf, soonestMsOf } from './message.ts'
import type { Plan } from './plan.ts'

/** The options of a refer. */
interface ReferOptions {
  readonly ref?: string | undefined
  readonly minimumSuite?: Suite | undefined
  readonly lifetimeMs?: number | undefined
  /** The thread id, in hex, of the earlier referral of the same child that this referral follows. */
  readonly follows?: string | undefined
  /** Adds writes to the transaction that stores the new threads. `threads`: the ids of the new threads. */
  readonly also?: (write: DeskWrites, threads: readonly string[]) => void
}

interface Opened {
  readonly thread: OpenThread
  readonly message: Composed
}

/** Opens a thread for each plan, all or none. Resolves when the threads are durable. */
export async function composeReferrals(
  desk: DeskContext,
  plans: readonly Plan[],
  { also, ...how }: ReferOptions,
): Promise<OpenThread[]> {
  const { store, threads } = desk
  const opened = await Promise.all(plans.map((plan) => openThread(desk, plan, how)))
  const created = opened.map(({ thread }) => thread)
  const { follows } = how
  await store.commit(
    (write) => {
      for (const { thread, message } of opened) {
        keepMessage(write, desk, { thread, message })
        write.dueFrom(thread.id, soonestMsOf(thread, message))
      }
      if (follows !== undefined) for (const { id } of created) noteFollowed(write, desk, { follows, id })
      also?.(
        write,
        created.map(({ id }) => id),
      )
    },
    () => {
      for (const { messages } of created) messages.length = 0
      if (follows !== undefined) threads.reload(follows)
    },
  )
  for (const thread of created) threads.keep(thread)
  return created
}

/** Makes a thread with its sealed refer, without storing it. */
async function openThread(desk: DeskContext, plan: Plan, how: Omit<ReferOptions, 'also'>): Promise<Opened> {
  const { organisation, random, threads } = desk
  const { kind, lane = 'routine', test } = plan.referral
  const urgent = lane === 'urgent'
  const threadId = random(16)
  const summary = {
    ...(how.ref !== undefined && { ref: how.ref }),
    kind,
    urgent,
    referrer: organisation,
    recipients: plan.recipients.map((one) => one.organisation),
    staged: Object.fromEntries(plan.recipients.map((one) => [one.organisation, one.staged])),
    ...(plan.confirm.length > 0 && { confirmed: plan.confirm }),
  }
  const thread = threads.create({ id: toHex(threadId), role: 'referrer', test, summary })
  const content = contentOf(plan, how.follows)
  const unsealed = {
    ...frameOf(desk, content, { test, urgent, lifetimeMs: how.lifetimeMs }),
    threadId,
    counter: 0,
    heads: [],
    void: [],
    sections: plan.sections,
    to: plan.recipients.map(({ organisation: recipient, granted }) => ({
      organisation: recipient,
      lane: laneOf({ urgent }),
      sections: granted,
    })),
  }
  const sealed = await sealMessage(desk, unsealed, how.minimumSuite)
  for (const { organisation: recipient, granted } of plan.recipients) {
    const event = trackEventOf(
      {
        digest: toHex(sealed.digest),
        manifest: sealed.manifest,
        event: { content },
        sections: plan.sections.filter((_, index) => granted.includes(index)),
      },
      { organisation, role: thread.role },
    )
    thread.tracks.set(recipient, openTrack(event))
  }
  return { thread, message: { sealed, content, sections: plan.sections, minimumSuite: how.minimumSuite } }
}

/** Records in the earlier thread that the child was referred again, so that nobody is asked to refer the child again (REX-THR-051). */
function noteFollowed(
  write: DeskWrites,
  { threads, time }: DeskContext,
  { follows, id }: { follows: string; id: string },
): void {
  const earlier = threads.find(follows)
  if (earlier === undefined || earlier.erased !== undefined) return
  earlier.summary = { ...earlier.summary, followedBy: id }
  write.putThread(threads.record(earlier, time.messageTime()))
}

function contentOf(plan: Plan, follows: string | undefined): EventContent {
  const { group } = plan.referral
  const due = plan.referral.triage.urgency?.due
  const value = {
    kind: plan.referral.kind,
    group: group === undefined ? new Uint8Array() : fromHex(group.id, 'group.id'),
    groupIndex: group?.index ?? 0,
    groupSize: group?.size ?? 0,
    decideByMs: due === undefined ? 0 : Date.parse(due),
    follows: follows === undefined ? new Uint8Array() : fromHex(follows, 'follows'),
    codeLists: [...plan.codeLists],
    staged: plan.staged.map((index) => ({ index, type: plan.sections[index]?.type ?? '' })),
  }
  return { $case: 'refer', value }
}
