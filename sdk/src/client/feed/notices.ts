// Stores notices from the desk's gateway until they lapse, and shows them to people. docs/spec/mailbox.md, "Notices"
import type { Notice } from '@rex/proto/mailbox/v1/mailbox'
import type { DeskProblem, DeskProblemCode } from '../api/problems.ts'
import type { DeskStore, NoticeKind, NoticeRecord } from '../store/store.ts'

const DAY = 24 * 60 * 60_000

/** How long each kind of notice is shown after it last arrived. */
const LAPSE_MS: Readonly<Record<NoticeKind, number>> = {
  'urgent-sent': DAY,
  'urgent-received': DAY,
  'store-damaged': 7 * DAY,
  'desk-restored': 7 * DAY,
  'mailbox-taken': DAY,
  'mail-refused': 7 * DAY,
}

/** The latest time that a `Date` can express. */
const LATEST_MS = 8.64e15

/** The dependencies of `createNotices`. */
interface NoticesOptions {
  readonly store: DeskStore
  readonly now: () => number
  /**
   * Handles the news that an organisation has a newer statement. Resolves even if the statement cannot be fetched or
   * published now. Default: does nothing.
   */
  readonly announced?: (organisation: string) => Promise<void>
}

/** The notices from the desk's gateway. */
export interface Notices {
  /** Stores a notice. Resolves when it is durable. Ignores kinds that this version does not know. */
  take(notice: Notice): Promise<void>
  /** Returns a problem for each notice that has not lapsed. */
  problems(): DeskProblem[]
}

/** Opens the notices in the desk store. */
export function createNotices({ store, now, announced = async () => {} }: NoticesOptions): Notices {
  return {
    async take(notice) {
      if (notice.subject?.$case === 'statementAnnounced') return announced(notice.organisation)
      const kind = kindOf(notice)
      if (kind === undefined) return
      const { organisation } = notice
      const record = { kind, organisation, noticedMs: now(), detail: detailOf(notice) }
      await store.commit((write) => write.putNotice(record))
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
    case 'leaseTaken':
      return 'mailbox-taken'
    default:
      return undefined
  }
}

/** Describes which credential took the mailbox. Shows only well-formed credentials, because the text comes from a gateway. */
function detailOf({ subject }: Notice): string {
  if (subject?.$case !== 'leaseTaken') return ''
  const { credential, from, takenMs } = subject.value
  const at = new Date(Math.min(takenMs, LATEST_MS)).toISOString().slice(0, 16).replace('T', ' ')
  return `${hexOf(credential)} took the mailbox from the one with ${hexOf(from)} at ${at} UTC`
}

function hexOf(credential: string): string {
  return /^[0-9a-f]{8,64}$/.test(credential) ? credential : 'an unknown credential'
}

function standing(nowMs: number): (notice: NoticeRecord) => boolean {
  return ({ kind, noticedMs }) => nowMs < noticedMs + LAPSE_MS[kind]
}

function problemOf({ kind, organisation, detail }: NoticeRecord): DeskProblem {
  return { code: CODES[kind], severity: 'warning', message: MESSAGES[kind](organisation, detail) }
}

const CODES: Readonly<Record<NoticeKind, DeskProblemCode>> = {
  'urgent-sent': 'urgent-over-budget',
  'urgent-received': 'urgent-over-budget',
  'store-damaged': 'gateway-store-damaged',
  'desk-restored': 'desk-restored',
  'mailbox-taken': 'mailbox-taken',
  'mail-refused': 'unreadable',
}

const MESSAGES: Readonly<Record<NoticeKind, (organisation: string, detail: string) => string>> = {
  'urgent-sent': (organisation) =>
    `So much urgent mail of yours waits at ${organisation} that some of it waits like routine mail. Call them about anything that cannot wait, and mark only urgent mail as urgent.`,
  'urgent-received': (organisation) =>
    `${organisation} sends so much urgent mail that some of it waits like routine mail. Read your whole inbox, and call them if the mail is not truly urgent.`,
  'mailbox-taken': (_, detail) =>
    `The desk with credential ${detail}. If nobody at your organisation did that, call the operator of your gateway at once.`,
  'mail-refused': (organisation, reason) =>
    `This desk could not process mail of ${organisation === '' ? 'your gateway' : organisation} in five attempts and has given up (${reason}). The sender sees that it was refused. See the log, and call them about it.`,
  'store-damaged': () =>
    'The store of your gateway was damaged or replaced by an older copy. Lost messages are sent again automatically; ask the operator of the gateway to check its disk.',
  'desk-restored': (_, threads) =>
    threads === ''
      ? 'The desk store had lost its last writes, or was an older copy, and was restored. Partners send their messages again. Check whether messages of your own are missing from your referrals.'
      : `Messages in the desk store were damaged, among others in ${threads}. Partners send them again; call the partner about any referral that is still unreadable tomorrow. Check the disk.`,
}
