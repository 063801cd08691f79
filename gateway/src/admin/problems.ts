// The complete table of problem codes that a gateway reports. docs/guide/gateway.md, "Status"
import type { Problem, ProblemMeaning } from '@rex/sdk/core'

/** Every problem code, with when it is raised and how to act on it. The table in the guide is generated from this object. */
export const GATEWAY_PROBLEMS = {
  'gateway-down': {
    when: 'The gateway is not running, or does not answer.',
    action: 'Start it with `rex-gateway start`, or fix the cause that the message names.',
  },
  'desk-absent': {
    when: 'No desk has connected for an hour; critical while mail waits for the desk.',
    action: 'Start the desk, or check that it can reach the gateway.',
  },
  'nothing-published': {
    when: 'The desk has not published a statement (the keys and addresses of your organisation) yet.',
    action:
      'Open the desk: it publishes the statement automatically. If the organisation has no desk yet, make one with a token and `rex-desk init`.',
  },
  'statement-ends': {
    when: "The organisation's statement expires within 7 days; critical once it has expired.",
    action: 'Open the desk: once it connects, it publishes a new statement.',
  },
  'statement-disagrees': {
    when: "The organisation's statement does not match this gateway: it names other addresses, or (critical) another authority or receipt key.",
    action:
      'Open the desk: once it connects, it publishes a new statement. If the authority has changed, partners need a new invite.',
  },
  'peer-untold': {
    when: 'For an hour, this gateway could not inform the gateway of another organisation of its current addresses, so mail from there may not arrive.',
    action: 'Ask the operator of that gateway, or exchange new invites.',
  },
  'envelopes-wait': {
    when: 'Mail has waited for a day for an organisation whose gateway can be reached, but does not store the mail.',
    action: 'Ask the operator of that gateway; `rex-gateway queue` shows the reason.',
  },
  'peer-unreachable': {
    when: 'Mail has waited for 10 minutes for an organisation whose gateway cannot be reached.',
    action: 'Ask the operator of that gateway; `rex-gateway peers` shows the last failure.',
  },
  'clock-wrong': {
    when: 'The clock of this computer differs by more than a minute from the clocks of most other organisations (critical beyond 10 minutes). Or it shows an earlier time than other organisations have already confirmed.',
    action: 'Correct the clock. Until then, the gateway does nothing irreversible.',
  },
  'clock-unconfirmed': {
    when: 'No other gateway has connected since this gateway started, and no gateway has confirmed the time in the last 7 days.',
    action: 'Check the clock of this computer, and check that partners can be reached.',
  },
  'clock-differs': {
    when: 'The clock of another gateway differs from that of this computer by more than a minute; critical beyond 10 minutes.',
    action:
      'Check the clocks of both computers, or inform the operator of the gateway that the message names.',
  },
  'mailbox-taken': {
    when: 'Within the last day, one desk took the mailbox from another.',
    action:
      'If nobody at your organisation did this, use `rex-gateway desks revoke` to revoke the desk that took the mailbox.',
  },
  'credential-unknown': {
    when: 'Within the last day, a desk connected with a credential of which the store has no record. This happens after the store has lost data.',
    action: 'Run `rex-gateway desks`, and revoke the credential if it does not belong to your desk.',
  },
  'certificate-ends': {
    when: "The gateway's certificate expires within 14 days and was not renewed; critical on the last day.",
    action: 'Restart the gateway and read its log.',
  },
  'store-damaged': {
    when: 'Within the last 7 days, the store was damaged, had lost written data, or was replaced by an older copy.',
    action:
      'Senders still have their mail and send it again. Check the disk; replace it if this happens again.',
  },
  'urgent-over-budget': {
    when: 'Within the last hour, so much urgent mail of one organisation waited at this gateway, or so much of yours at another gateway, that some of it had to wait like routine mail.',
    action: 'Check that the desk reads its mailbox. Ask the sender to mark only urgent mail as urgent.',
  },
  'store-full': {
    when: 'The store is more than three quarters full (critical beyond nine tenths), or, within the last hour, the gateway refused mail of an organisation that has used up its share of the store.',
    action:
      'Open the desk so that it reads its mailbox; free disk space, or raise `limits.storeBytes`; contact the organisation that fills the store.',
  },
  'store-log': {
    when: 'The write-ahead log of the store is larger than 256 MiB (critical beyond 1 GiB): the disk does not accept the writes that would empty it.',
    action: 'Check the disk for errors and free some space, then restart the gateway: that empties the log.',
  },
  'disk-low': {
    when: 'Less than 1 GiB is free on the disk of the store; critical below 128 MiB, or if the last write found no space, for example because a quota is used up.',
    action: 'Free disk space; a full disk stops all traffic.',
  },
} as const satisfies Readonly<Record<string, ProblemMeaning>>

type GatewayProblemCode = keyof typeof GATEWAY_PROBLEMS

export type GatewayProblem = Problem<GatewayProblemCode>
