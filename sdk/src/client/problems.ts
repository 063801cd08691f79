// The problems that a desk tells: the closed table of their codes. docs/guide/rex-desk.md, "Status"
import type { Problem, ProblemMeaning } from '../core/problem.ts'

/** Every code, when it is raised and what a person does. The guide's table is made of it. */
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
  'gateway-store-damaged': {
    when: 'Within the last 7 days the store of the own gateway was found damaged or replaced by an older copy.',
    action: 'What it lost goes again by itself; ask its operator to check the disk.',
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
  'urgent-over-budget': {
    when: 'Within the last day, more urgent mail was sent or received than is served before all other mail.',
    action: 'Mark as urgent only what is; call about what cannot wait.',
  },
} as const satisfies Readonly<Record<string, ProblemMeaning>>

/** A code of the table. */
export type DeskProblemCode = keyof typeof DESK_PROBLEMS

/** Something about the desk or its referrals that needs a person. */
export type DeskProblem = Problem<DeskProblemCode>
