// Judges a message within its track. docs/spec/envelope.md, "Opening", step 8
import { DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { toHex } from '../../core/encoding/encoding.ts'
import type { OpenedMessage } from '../../core/envelope/open.ts'
import { RexError } from '../../core/error.ts'
import { type Judged, type JudgedThread, judgeMessage, placeMessage } from '../../core/judge.ts'
import type { DeskContext } from '../context.ts'
import { checkSection } from '../thread/content/content.ts'
import { type OpenThread, referOf } from '../thread/repository/open-thread.ts'
import { checkKept } from '../thread/repository/repository.ts'
import { type Judgement, type Placing, receivedOf, refusalOf, releasedOf } from '../thread/verdicts.ts'

/** Returns the verdict on a message, and changes the track in memory. Call it inside a commit. */
export function judge(desk: DeskContext, thread: OpenThread, opened: OpenedMessage): Judgement {
  const message = { ...opened, digest: toHex(opened.digest) }
  try {
    checkKept(thread)
    return taken(thread, message, {
      organisation: desk.organisation,
      judged: (known) => judgeMessage(known, message, checkSection),
    })
  } catch (error) {
    const refused = RexError.from(error)
    desk.warn('A message was refused.', refused)
    return refusalOf(message.digest, refused)
  }
}

/** Places a message in its track. @throws RexError INVALID_EVENT, LIMIT_EXCEEDED */
export function place({ organisation }: DeskContext, thread: OpenThread, message: Placing): Judgement {
  return taken(thread, message, { organisation, judged: (known) => placeMessage(known, message) })
}

function taken(
  thread: OpenThread,
  message: Placing,
  { organisation, judged }: { organisation: string; judged: (thread: JudgedThread) => Judged },
): Judgement {
  const { sender } = message.manifest
  const before = thread.tracks.get(sender)
  const { role, test, summary } = thread
  const others = role === 'recipient' ? [summary.referrer] : summary.recipients
  const refer = referOf(thread)?.manifest
  const { track, effect, code } = judged({ organisation, role, test, others, refer, track: before })
  if (track !== undefined) thread.tracks.set(sender, track)
  const released = track === undefined ? [] : releasedOf(before?.parked ?? [], track)
  return { ...judgementOf(message, { effect, code, recipient: organisation }), released }
}

const STATUS = { forked: 'forked', parked: 'counted', held: 'held' } as const
const ALARM = { forked: 'fork', parked: 'gap', held: 'held' } as const

function judgementOf(
  message: Placing,
  { effect, code, recipient }: Pick<Judged, 'effect' | 'code'> & { readonly recipient: string },
): Judgement {
  if (effect === 'applied' || effect === 'crossed' || effect === 'duplicate') return receivedOf(message)
  const { digest } = message
  const detail = effect === 'held' ? { detail: code } : {}
  return {
    status: STATUS[effect],
    receipt: { digest, status: DeskReceiptStatus.HELD, code },
    items: [{ kind: 'alarm', alarm: ALARM[effect], digest, recipient, ...detail }],
    released: [],
  }
}
