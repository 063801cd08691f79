// The problems that a desk reports: the closed table of their codes. docs/guide/rex-desk.md, "Status"
import type { Problem, ProblemMeaning } from '../../core/problem.ts'

/** Every code, when it is raised and how a person resolves it. The guide's table is generated from it. */
export const DESK_PROBLEMS = {
  certificate: {
    when: 'The certificate of the desk expires within 7 days and could not be renewed; critical once it has expired.',
    action:
      'Check that the gateway runs and can be reached. Once the certificate has expired, run `rex-desk enrol` with a token.',
  },
  'keys-destroyed': {
    when: 'The mailbox was not read for 180 days; messages sealed to older keys can no longer be read.',
    action: 'Ask the senders to send again; REX informs them too.',
  },
  clock: {
    when: 'The clocks of this computer, of the gateway and of other organisations contradict each other.',
    action: 'Correct the clock that the message names.',
  },
  'clock-unconfirmed': {
    when: 'For more than a week, none or only one of the paired organisations has confirmed the time. Nothing is destroyed or erased by date until another one does.',
    action:
      'Check the date of this computer. If it is right, check that your partners can be reached, and unpair those that are gone.',
  },
  'disk-low': {
    when: 'Less than 256 MiB are free on the disk of the desk; critical below 16 MiB, or if it was full.',
    action: 'Free disk space: a full disk stops sending and receiving.',
  },
  'desk-revoked': {
    when: 'The operator of your gateway has revoked this desk: it neither sends nor receives.',
    action: 'Ask the operator why; if the desk is to come back, `rex-desk enrol` with a new token.',
  },
  'gateway-other-keys': {
    when: 'The gateway at the address of your own gateway has other keys, or belongs to another organisation.',
    action: 'Ask its operator. If the gateway was set up anew, run `rex-desk enrol` with a token.',
  },
  'gateway-refuses': {
    when: 'Your gateway refuses this desk; critical while messages wait to leave.',
    action: 'Ask its operator; the message names the reason.',
  },
  'desk-restored': {
    when: 'Within the last 7 days, the desk store had lost written data, had damaged messages, or was replaced by an older copy.',
    action:
      'Partners resend their messages. Check your referrals for lost messages of your own, and check the disk.',
  },
  'gateway-store-damaged': {
    when: 'Within the last 7 days, the store of your gateway was damaged or replaced by an older copy.',
    action: 'Lost messages are resent automatically; ask its operator to check the disk.',
  },
  'gateway-unreachable': {
    when: 'Your gateway cannot be reached, or shows a certificate that is not valid now; critical while something waits to leave.',
    action: 'Check that it runs, and that this computer has a network connection.',
  },
  held: {
    when: 'A message of another organisation has an unknown code or section, and is held.',
    action: 'Ask them what it means, then run `rex-desk resolve`.',
  },
  'held-there': {
    when: 'A message of yours is held at its recipient until a person there decides.',
    action: 'Call them.',
  },
  'mailbox-lost': {
    when: 'The desk of another directory has the mailbox: this one neither sends nor receives.',
    action:
      'If none of your people opened another desk, call the operator of your gateway at once: `rex-gateway desks revoke` shuts it out.',
  },
  'mailbox-taken': {
    when: 'Within the last day, this desk took the mailbox from another desk, or another desk had it for a time.',
    action:
      'Nothing, if this was intended, as after `rex-desk restore`; otherwise call the operator of your gateway.',
  },
  'nobody-paired': {
    when: 'No organisation is paired.',
    action: 'Exchange invites: `rex-desk invite`, `rex-desk pair`.',
  },
  'not-arrived': {
    when: "A message of yours is not stored at its recipient's gateway a day after it was sent.",
    action: 'Call them, or refer to another organisation.',
  },
  'not-received': {
    when: 'A day after it was sent, a message of yours is stored, but no desk has received it. For an urgent message: after 15 minutes, and critical.',
    action: 'Call them.',
  },
  overdue: {
    when: 'The time for a step has passed, yours or theirs.',
    action: 'Do it, or call them.',
  },
  'peer-statement': {
    when: 'The keys known of an organisation expire within 14 days, or have expired.',
    action: 'Ask them for a new invite.',
  },
  'recipient-unpaired': {
    when: 'A message of yours has no answer yet, and the pairing with its recipient was ended.',
    action: 'Call them, or refer to another organisation.',
  },
  'set-aside': {
    when: 'An item was set aside for a person.',
    action: 'See `rex-desk parked`.',
  },
  'statement-unpublished': {
    when: "The organisation's statement could not be published; critical if the gateway knows another identity.",
    action: 'The message names the reason; partners use the previous one.',
  },
  'store-damaged': {
    when: 'The file of the desk store is damaged.',
    action:
      'Close the desk and open it again: partners resend what they still have. If the problem stays, restore the newest backup of the desk directory and run `rex-desk restore`. Check the disk.',
  },
  'store-failed': {
    when: 'The store of the desk failed.',
    action: 'Check the disk, and start the desk again.',
  },
  'store-log': {
    when: 'The write-ahead log of the desk store is larger than 256 MiB (critical beyond 1 GiB): the disk does not accept the writes that would empty it.',
    action: 'Check the disk for errors and free some space, then open the desk again: that empties the log.',
  },
  undelivered: {
    when: 'A referral of yours never arrived: nobody is looking after the child.',
    action: 'Refer it to another organisation, or send it again.',
  },
  unreadable: {
    when: 'A referral cannot be read, because the store of the desk is damaged; or a received message cannot be processed, or was given up after five tries within the last 7 days.',
    action:
      'If a referral cannot be read, restore the desk from a backup. If a message cannot be processed, see the log and call its sender.',
  },
  'urgent-over-budget': {
    when: 'Within the last day, more urgent mail was sent or received than may go ahead of all other mail.',
    action: 'Mark only urgent mail as urgent; call about anything that cannot wait.',
  },
} as const satisfies Readonly<Record<string, ProblemMeaning>>

/** A code of the table. */
export type DeskProblemCode = keyof typeof DESK_PROBLEMS

/** A problem of the desk or its referrals that needs a person. */
export type DeskProblem = Problem<DeskProblemCode>
