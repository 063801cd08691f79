// The closed table of problem codes that a gateway reports. docs/guide/gateway.md, "Status"
import type { Problem, ProblemMeaning } from '@rex/sdk/core'

/** Every code, with when it is raised and how to act on it. The table in the guide is generated from this. */
export const GATEWAY_PROBLEMS = {
  'gateway-down': {
    when: 'The gateway does not run, or cannot be asked.',
    action: 'Start it with `rex-gateway start`, or see to what the message names.',
  },
  'desk-absent': {
    when: 'No desk has spoken for an hour; critical while something waits for it.',
    action: 'Start the desk, or check that it can reach the gateway.',
  },
  'nothing-published': {
    when: 'The desk has published no statement yet.',
    action:
      'Open the desk: it publishes by itself. Only the first one is made, with a token and `rex-desk init`.',
  },
  'statement-ends': {
    when: "The organisation's statement ends within 7 days; critical once it has ended.",
    action: 'Let the desk connect: it publishes a new one.',
  },
  'statement-disagrees': {
    when: "The organisation's statement names other addresses, or (critical) another authority or receipt key, than the gateway has.",
    action:
      'Let the desk connect: it publishes a new one. After another authority, partners need a new invite.',
  },
  'peer-untold': {
    when: 'For an hour an organisation could not be told the present addresses of this gateway.',
    action: 'Ask its operator, or exchange new invites.',
  },
  'envelopes-wait': {
    when: 'Something is not stored at its recipient a day after it was submitted, though its gateway can be reached.',
    action: 'Ask its operator; `rex-gateway queue` tells the reason.',
  },
  'peer-unreachable': {
    when: 'Something has waited for 10 minutes for an organisation whose gateway cannot be reached.',
    action: 'Ask its operator; `rex-gateway peers` tells the last failure.',
  },
  'clock-wrong': {
    when: 'The clock of this computer differs by more than a minute from those of most other organisations (critical beyond 10 minutes), or is earlier than a time that they have confirmed.',
    action: 'Set it right. Meanwhile nothing is done that cannot be taken back.',
  },
  'clock-unconfirmed': {
    when: 'No gateway of another organisation has greeted since this one started, and none has confirmed the time in the last 7 days.',
    action: 'Check the clock of this computer, and see that partners are reached.',
  },
  'clock-differs': {
    when: 'The clock of another gateway differs by more than a minute; critical beyond 10 minutes.',
    action: 'Check both clocks, or tell the operator that the message names.',
  },
  'mailbox-taken': {
    when: 'Within the last day, a desk took the mailbox from another.',
    action: 'If nobody of yours meant that, `rex-gateway desks revoke` the one that took it.',
  },
  'credential-unknown': {
    when: 'Within the last day, a desk came with a credential that the store has no record of, as after its loss.',
    action: 'See `rex-gateway desks`, and revoke it if it is none of yours.',
  },
  'certificate-ends': {
    when: "The gateway's certificate ends within 14 days and was not renewed; critical on the last day.",
    action: 'Restart the gateway and see its log.',
  },
  'store-damaged': {
    when: 'Within the last 7 days the store was found damaged or to have lost what it had written, or an older copy was put back.',
    action:
      'Nothing is lost that a sender still has: it comes again. Check the disk; replace it if this happens again.',
  },
  'urgent-over-budget': {
    when: 'Within the last hour, more urgent mail of one organisation waited here, or of yours at another, than is served before all other mail.',
    action: 'Ask the sender to mark as urgent only what is; see that the desk reads its mailbox.',
  },
  'store-full': {
    when: 'More than three quarters of what the store may hold is in use (critical beyond nine tenths), or mail was refused within the last hour because too much is kept for an organisation.',
    action:
      'Let the desk read its mailbox; make room on the disk, or raise `limits.storeBytes`; ask who fills it.',
  },
  'store-log': {
    when: 'The write-ahead log of the store is larger than 256 MiB (critical beyond 1 GiB): the disk does not let it be carried into the store.',
    action: 'Check the disk for errors and make room, then restart the gateway: that empties the log.',
  },
  'disk-low': {
    when: 'Less than 1 GiB is free on the disk of the store; critical below 128 MiB, or when the last write found no room, as with a quota that is used up.',
    action: 'Free some; a full disk stops all traffic.',
  },
} as const satisfies Readonly<Record<string, ProblemMeaning>>

type GatewayProblemCode = keyof typeof GATEWAY_PROBLEMS

export type GatewayProblem = Problem<GatewayProblemCode>
