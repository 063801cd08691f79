// The problems that a desk reports: the closed table of their codes. docs/guide/rex-desk.md, "Status"
import type { Problem, ProblemMeaning } from '../../core/problem.ts'

/** Every code, when it is raised and how a person resolves it. The guide's table is generated from it. */
export const DESK_PROBLEMS = {
  certificate: {
    when: 'The certificate with which the gateway lets the desk in ends within 7 days and could not be renewed; critical once it has ended.',
    action: 'See that the gateway runs and is reached; once it has ended, `rex-desk enrol` with a token.',
  },
  'keys-destroyed': {
    when: 'The mailbox was not read for 180 days; what was sealed to older keys can be read by nobody.',
    action: 'Ask the senders to send again; they are told.',
  },
  clock: {
    when: 'The clock of this computer, of the gateway and those of other organisations contradict each other.',
    action: 'Set the one that the message names right.',
  },
  'disk-low': {
    when: 'Less than 256 MiB are free on the disk of the desk; critical below 16 MiB, or if it was full.',
    action: 'Free some: a full disk stops sending and receiving.',
  },
  'desk-revoked': {
    when: 'The operator of the own gateway has revoked this desk: it neither sends nor receives.',
    action: 'Ask the operator why; if the desk is to come back, `rex-desk enrol` with a new token.',
  },
  'gateway-other-keys': {
    when: 'What answers at the address of the own gateway has other keys, or is the gateway of another organisation.',
    action: 'Ask its operator; if the gateway was set up anew, `rex-desk enrol` with a token.',
  },
  'gateway-refuses': {
    when: 'The own gateway does not let this desk in; critical while something waits to leave.',
    action: 'Ask its operator; the message names the reason.',
  },
  'desk-restored': {
    when: 'Within the last 7 days the desk store was found to have lost what it had written, or an older copy was put back.',
    action:
      'Partners send again what had come. Look through your referrals for what you had said yourself, and check the disk.',
  },
  'gateway-store-damaged': {
    when: 'Within the last 7 days the store of the own gateway was found damaged or replaced by an older copy.',
    action: 'What it lost goes again by itself; ask its operator to check the disk.',
  },
  'gateway-unreachable': {
    when: 'The own gateway cannot be reached, or shows a certificate that is not valid now; critical while something waits to leave.',
    action: 'See that it runs, and that this computer has a network.',
  },
  held: {
    when: 'A message of another organisation is not understood and is held.',
    action: 'Ask them what it means, then `rex-desk resolve`.',
  },
  'held-there': {
    when: 'A message of yours is held at its recipient until a person there decides.',
    action: 'Call them.',
  },
  'mailbox-lost': {
    when: 'The desk of another directory has the mailbox: this one neither sends nor receives.',
    action:
      'If nobody of yours opened another desk, call the operator of your gateway at once: `rex-gateway desks revoke` shuts it out.',
  },
  'mailbox-taken': {
    when: 'Within the last day, this desk took the mailbox from another, or another had it in between.',
    action:
      'Nothing, if you meant it, as after `rex-desk restore`; otherwise call the operator of your gateway.',
  },
  'nobody-paired': {
    when: 'No organisation is paired.',
    action: 'Exchange invites: `rex-desk invite`, `rex-desk pair`.',
  },
  'not-arrived': {
    when: "A message of yours is not stored at its recipient's gateway a day after it was sent.",
    action: 'Call them, or refer to somebody else.',
  },
  'not-received': {
    when: 'A message of yours is stored, and no desk has received it a day after it was sent; critical if it is urgent, 15 minutes after.',
    action: 'Call them.',
  },
  overdue: {
    when: 'The time for a step has passed, yours or theirs.',
    action: 'Take it, or call them.',
  },
  'peer-statement': {
    when: 'What is known of an organisation ends within 14 days, or has ended.',
    action: 'Ask them for a new invite.',
  },
  'recipient-unpaired': {
    when: 'A message of yours has no answer yet, and the pairing with its recipient was ended.',
    action: 'Call them, or refer to somebody else.',
  },
  'set-aside': {
    when: 'An item was set aside for a person.',
    action: 'See `rex-desk parked`.',
  },
  'statement-unpublished': {
    when: "The organisation's statement could not be published; critical if the gateway knows another identity.",
    action: 'The message names the reason; partners use the one before.',
  },
  'store-damaged': {
    when: 'The file of the desk store is not what was written to it.',
    action:
      'Put back the newest backup of the desk directory and run `rex-desk restore`: partners send again what came after it. Check the disk.',
  },
  'store-failed': {
    when: 'The store of the desk failed.',
    action: 'Check the disk, and start the desk again.',
  },
  'store-log': {
    when: 'The write-ahead log of the desk store is larger than 256 MiB (critical beyond 1 GiB): the disk does not let it be carried into the store.',
    action: 'Check the disk for errors and make room, then open the desk again: that empties the log.',
  },
  undelivered: {
    when: 'A referral of yours ended without arriving: nobody has the child.',
    action: 'Refer it to somebody else, or send it again.',
  },
  unreadable: {
    when: 'A referral cannot be read, because the store of the desk is damaged; or mail that came cannot be taken in, or was given up after five tries within the last 7 days.',
    action:
      'Restore the desk from a backup if a referral cannot be read. If mail cannot be taken in, see the log and call its sender.',
  },
  'urgent-over-budget': {
    when: 'Within the last day, more urgent mail was sent or received than is served before all other mail.',
    action: 'Mark as urgent only what is; call about what cannot wait.',
  },
} as const satisfies Readonly<Record<string, ProblemMeaning>>

/** A code of the table. */
export type DeskProblemCode = keyof typeof DESK_PROBLEMS

/** A problem of the desk or its referrals that needs a person. */
export type DeskProblem = Problem<DeskProblemCode>
