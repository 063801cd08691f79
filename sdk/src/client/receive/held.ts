// Judges held messages again with newer code lists, or as a person decides. docs/spec/thread.md, REX-THR-062
import { RexError } from '../../core/error.ts'
import { unknownCode } from '../../core/judge.ts'
import { INITIAL } from '../../core/thread/transitions.ts'
import type { Thread } from '../api/thread.ts'
import type { DeskContext } from '../context.ts'
import type { DeskWrites } from '../store/store.ts'
import { checkSection } from '../thread/content/content.ts'
import { isHeldRefer, type OpenThread, type ThreadMessage } from '../thread/repository/open-thread.ts'
import { readable } from '../thread/repository/repository.ts'
import { type Judgement, receivedOf, refusalOf, rejudge } from '../thread/verdicts.ts'
import { place } from './judge.ts'

/** Judges held messages again with the code lists of this software version. */
export async function judgeHeld(desk: DeskContext): Promise<void> {
  for (const id of desk.store.read.heldThreads()) {
    const thread = readable(desk.threads, id, desk.warn)
    if (thread === undefined) continue
    await commitThread(desk, thread, (write) => {
      for (const message of thread.messages.filter(({ status }) => status === 'held')) {
        const judgement = judgeAgain(desk, thread, message)
        if (judgement !== undefined) rejudge(write, desk, { thread, message, judgement })
      }
    })
  }
}

/** Carries out a person's decision on a held message. @throws RexError NOT_FOUND, INVALID_EVENT, LIMIT_EXCEEDED */
export async function resolveHeld(
  desk: DeskContext,
  thread: OpenThread,
  {
    digest,
    decision,
    also,
  }: {
    /** The manifest digest, in hex. */
    readonly digest: string
    readonly decision: Parameters<Thread['resolve']>[1]
    readonly also: (write: DeskWrites) => void
  },
): Promise<void> {
  await commitThread(desk, thread, (write) => {
    also(write)
    const message = thread.messages.find((held) => held.digest === digest && held.status === 'held')
    if (message === undefined)
      throw new RexError('NOT_FOUND', 'No such message is held.', {
        hint: '`view().held` lists the held messages.',
      })
    const judgement = decision === 'place' ? placeHeld(desk, thread, message) : refuseHeld(message)
    rejudge(write, desk, { thread, message, judgement })
  })
}

function commitThread(
  { store, threads }: DeskContext,
  { id }: OpenThread,
  work: (write: DeskWrites) => void,
): Promise<void> {
  return store.commit(work, () => threads.reload(id))
}

/** Judges a held message again. Returns undefined if it still contains an unknown code. */
function judgeAgain(desk: DeskContext, thread: OpenThread, message: ThreadMessage): Judgement | undefined {
  try {
    return unknownCode(message, checkSection) === undefined ? placeHeld(desk, thread, message) : undefined
  } catch (error) {
    return refusalOf(message.digest, RexError.from(error))
  }
}

/**
 * Judges a held message as if it arrived now and all its codes were known. A held refer already has its place in the
 * track.
 * @throws RexError INVALID_EVENT, LIMIT_EXCEEDED
 */
function placeHeld(desk: DeskContext, thread: OpenThread, message: ThreadMessage): Judgement {
  if (!isHeldRefer(message)) return place(desk, thread, message)
  const received = receivedOf(message)
  return thread.tracks.get(message.manifest.sender)?.state === INITIAL ? received : { ...received, items: [] }
}

/**
 * Refuses a held message on a person's behalf.
 * @throws RexError INVALID_EVENT for a refer, which a person answers in its thread instead
 */
function refuseHeld(message: ThreadMessage): Judgement {
  if (isHeldRefer(message))
    throw new RexError('INVALID_EVENT', 'A referral cannot be refused, only declined.', {
      metadata: { event: 'refer' },
      hint: 'Decline it, so that its sender knows why.',
    })
  return refusalOf(
    message.digest,
    new RexError('UNKNOWN_CODE', 'A person refused a message with an unknown code.'),
  )
}
