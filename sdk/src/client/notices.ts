// Notices of the own gateway that a person must know of: kept durably, each until it has lapsed. docs/spec/mailbox.md, "Notices"
import type { Notice } from '@rex/proto/mailbox/v1/mailbox'
import type { DeskProblem } from './problems.ts'
import type { DeskStore, NoticeKind, NoticeRecord } from './store/store.ts'

const DAY = 24 * 60 * 60_000

/** How long a notice stands after it last came. */
const LAPSE_MS: Readonly<Record<NoticeKind, number>> = {
  'urgent-sent': DAY,
  'urgent-received': DAY,
  'store-damaged': 7 * DAY,
}

/** Dependencies of notices. */
export interface NoticesOptions {
  readonly store: DeskStore
  readonly now: () => number
  /** Problems may have changed. */
  readonly changed: () => void
}

/** Notices of the own gateway. */
export interface Notices {
  /** Keeps a notice; resolves when that is durable. A kind that this version does not know is ignored. */
  take(notice: Notice): Promise<void>
  /** A problem for each notice that has not lapsed. */
  problems(): DeskProblem[]
}

/** The notices in the desk store. */
export function createNotices({ store, now, changed }: NoticesOptions): Notices {
  return {
    async take(notice) {
      const kind = kindOf(notice)
      if (kind === undefined) return
      const record = { kind, organisation: notice.organisation, noticedMs: now() }
      await store.commit((write) => write.putNotice(record))
      changed()
    },
    problems: () => store.read.notices().filter(standing(now())).map(problemOf),
  }
}

function kindOf({ subject }: Notice): NoticeKind | undefined {
  switch (subject?.$case) {
    case 'urgentOverBudget':
      return subject.value.sent ? 'urgent-sent' : 'urgent-received'
    case 'storeDamaged':
      return 'store-damaged'
    default:
      return undefined
  }
}

function standing(nowMs: number): (notice: NoticeRecord) => boolean {
  return ({ kind, noticedMs }) => nowMs < noticedMs + LAPSE_MS[kind]
}

function problemOf({ kind, organisation }: NoticeRecord): DeskProblem {
  const code = kind === 'store-damaged' ? 'gateway-store-damaged' : 'urgent-over-budget'
  return { code, severity: 'warning', message: MESSAGES[kind](organisation) }
}

const MESSAGES: Readonly<Record<NoticeKind, (organisation: string) => string>> = {
  'urgent-sent': (organisation) =>
    `More urgent mail of yours waits at ${organisation} than is served before all other mail. Call them about what cannot wait, and mark as urgent only what is.`,
  'urgent-received': (organisation) =>
    `${organisation} sends more urgent mail than is served before all other mail; the rest comes in turn. Read your inbox to the end, and call them if the mail is not truly urgent.`,
  'store-damaged': () =>
    'The store of your own gateway was damaged or replaced by an older copy. What it lost goes again by itself; ask its operator to check the disk.',
}
