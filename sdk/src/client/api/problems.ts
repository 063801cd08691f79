// The closed table of the problem codes that a desk reports. docs/guide/rex-desk.md, "Status"
import type { Problem, ProblemMeaning } from '../../core/problem.ts'

/**
 * Every problem code, with the condition that raises it and the remedy. The table in the guide is generated from this object.
 */
export const DESK_PROBLEMS = {
  'alerts-failing': {
    when: 'Messages to a webhook or alerts by mail do not arrive; critical once the service has given up on some. Or no service runs that could send them; critical while some wait.',
    action:
      'Do what the message says. To send again what the service has given up on, run `rex-desk alerts resend` or `rex-desk webhooks resend`.',
  },
  certificate: {
    when: 'The certificate of the desk expires within 7 days and could not be renewed; critical once it has expired.',
    action:
      'Check that the gateway runs and can be reached. Once the certificate has expired, run `rex-desk enrol` with a token.',
  },
  'keys-destroyed': {
    when: 'The desk did not read its mailbox for 180 days and has destroyed its older keys. It can no longer read messages that were sealed to those keys.',
    action: 'Call your partners: they must send these messages again. Their desks report this to them, too.',
  },
  clock: {
    when: 'The clocks of this computer, of the gateway and of other organisations contradict each other.',
    action: 'Correct the clock that the message names.',
  },
  'clock-unconfirmed': {
    when: 'For more than a week, at most one of the paired organisations has confirmed the time. Until another organisation confirms it, the desk destroys no keys and erases no threads by date.',
    action:
      'Check the date of this computer. If it is right, check that your partners can be reached, and unpair partners that no longer exist.',
  },
  'disk-low': {
    when: 'Less than 256 MiB are free on the disk of the desk; critical if less than 16 MiB are free, or if the last write found no space.',
    action: 'Free disk space: a full disk stops sending and receiving.',
  },
  'desk-revoked': {
    when: 'The operator of your gateway has revoked this desk: it neither sends nor receives.',
    action: 'Ask the operator why; to use the desk again, run `rex-desk enrol` with a new token.',
  },
  'gateway-other-keys': {
    when: 'The gateway at the address of your own gateway has other keys, or belongs to another organisation.',
    action:
      'Ask the operator of that gateway. If the gateway was set up again, run `rex-desk enrol` with a token.',
  },
  'gateway-refuses': {
    when: 'Your gateway refuses this desk; critical while messages wait to be sent.',
    action: 'Ask the operator of the gateway; the message states the reason.',
  },
  'desk-restored': {
    when: 'Within the last 7 days, the desk store had lost written data, had damaged messages, or was replaced by an older copy.',
    action:
      'Partners send their messages again. Check whether messages of your own are missing from your referrals, and check the disk.',
  },
  'gateway-store-damaged': {
    when: 'Within the last 7 days, the store of your gateway was damaged or replaced by an older copy.',
    action: 'Lost messages are sent again automatically; ask the operator of the gateway to check the disk.',
  },
  'gateway-unreachable': {
    when: 'Your gateway cannot be reached, or its certificate is not valid now; critical while messages wait to be sent.',
    action: 'Check that the gateway runs, and that this computer has a network connection.',
  },
  held: {
    when: 'A message from another organisation has a code or section that this desk does not know. It has no effect until a person decides.',
    action: 'Ask the sender what the code or section means, then run `rex-desk resolve`.',
  },
  'held-there': {
    when: "The recipient's desk holds a message of yours: it has no effect until a person there decides.",
    action: 'Call the recipient.',
  },
  'mailbox-lost': {
    when: 'A desk in another directory has the mailbox, so this desk neither sends nor receives.',
    action:
      'If nobody at your organisation opened another desk, call the operator of your gateway immediately: `rex-gateway desks revoke` shuts that desk out.',
  },
  'mailbox-taken': {
    when: 'Within the last day, this desk took the mailbox from another desk, or another desk held it for a time.',
    action:
      'If this was intended, for example after `rex-desk restore`, do nothing; otherwise call the operator of your gateway.',
  },
  'nobody-paired': {
    when: 'No organisation is paired.',
    action: 'Exchange invites: `rex-desk invite`, `rex-desk pair`.',
  },
  'not-arrived': {
    when: "A message of yours is not stored at its recipient's gateway a day after it was sent.",
    action: 'Call the recipient, or refer the case to another organisation.',
  },
  'not-received': {
    when: "A day after it was sent, a message of yours is stored at its recipient's gateway, but no desk has received it. An urgent message is reported after 15 minutes, wherever it is, and the problem is then critical.",
    action: 'Call the recipient.',
  },
  overdue: {
    when: 'A step of yours or of another organisation is overdue.',
    action: 'Take the step, or call the organisation that owes it.',
  },
  'peer-statement': {
    when: 'The keys that this desk knows of another organisation expire within 14 days, or have expired.',
    action: 'Ask the organisation for a new invite.',
  },
  'recipient-unpaired': {
    when: 'A message of yours has no answer yet, and the pairing with its recipient was ended.',
    action: 'Call the recipient, or refer the case to another organisation.',
  },
  'relay-stopped': {
    when: 'The relay of the service has lost the PostgreSQL database, or may not use it: acts of the application wait in `rex_outbox`, and the application gets no items.',
    action:
      'Check the database and its URL in the file of `rex-desk serve --postgres`. The relay then continues automatically.',
  },
  'set-aside': {
    when: 'A program could not handle an item, so the item waits for a person.',
    action: 'Run `rex-desk parked`.',
  },
  'statement-unpublished': {
    when: "The desk could not publish your organisation's statement, the list of its keys and addresses; critical if the gateway has another identity, or a newer statement than this desk.",
    action: 'Do what the message says. Until the statement is published, partners use the previous one.',
  },
  'store-damaged': {
    when: 'The file of the desk store is damaged.',
    action:
      'Close the desk and open it again: partners send again what they still have. If the problem remains, restore the newest backup with `rex-desk restore`. Check the disk.',
  },
  'store-failed': {
    when: 'The desk store failed.',
    action: 'Check the disk, and open the desk again.',
  },
  'store-log': {
    when: 'The write-ahead log of the desk store is larger than 256 MiB (critical beyond 1 GiB): the disk does not accept the writes that would empty it.',
    action: 'Check the disk for errors and free some space, then open the desk again: that empties the log.',
  },
  undelivered: {
    when: 'A referral of yours never arrived: nobody is looking after the child.',
    action: 'Refer the child to another organisation, or send the referral again.',
  },
  unreadable: {
    when: 'The desk cannot read a referral because the desk store is damaged, or cannot process a received message. If the desk has given up on a message after five attempts, it reports this for 7 days.',
    action:
      'If a referral cannot be read, restore the desk from a backup. If a message cannot be processed, read the log and call the sender.',
  },
  'urgent-over-budget': {
    when: 'Within the last day, your organisation sent or received so much urgent mail that some of it had to wait like routine mail.',
    action: 'Call about anything that cannot wait. Mark only urgent mail as urgent.',
  },
} as const satisfies Readonly<Record<string, ProblemMeaning>>

/** A problem code of a desk. */
export type DeskProblemCode = keyof typeof DESK_PROBLEMS

/** A problem of the desk or its referrals that needs a person. */
export interface DeskProblem extends Problem<DeskProblemCode> {
  /** The other organisation that the problem concerns. Absent if the problem concerns no other organisation. */
  readonly organisation?: string
}
