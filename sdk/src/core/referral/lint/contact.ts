// Lint: whether the people concerned can be reached, and safely. docs/spec/referral.md, "Lint"
import type { Channel, Contact, Referral } from '../types.ts'
import { error, type Finding, info, missing, warning, when } from './finding.ts'

/** Findings about contact. */
export function contactFindings(referral: Referral): Finding[] {
  const { kind, contact } = referral
  const routes = (contact?.channels?.length ?? 0) + (contact?.addresses?.length ?? 0)
  const withheld = contact?.absent?.channels === 'withheld-for-safety'
  return [
    ...when(
      kind === 'victim-support' && routes === 0 && !withheld,
      error(
        'contact',
        'gives no way to reach anybody',
        'Add a channel or address, or state in "absent" that it is withheld for safety.',
      ),
    ),
    ...(contact?.channels ?? []).flatMap((channel, i) =>
      channelFindings(channel, { path: `contact.channels[${i}]`, referral }),
    ),
  ]
}

function channelFindings(
  channel: Channel,
  { path, referral }: { path: string; referral: Referral },
): Finding[] {
  return [
    ...when(
      forbidden(referral).has(channel.person),
      error(
        `${path}.person`,
        'must not be contacted, according to another part of the referral',
        'Remove the channel or the rule.',
      ),
    ),
    ...when(
      neverUsed(channel, referral.contact),
      error(path, 'is in the list of channels that must never be used', 'Remove one of the two.'),
    ),
    ...when(
      channel.device === 'suspected-person',
      error(`${path}.device`, 'belongs to the suspected person', 'Move the channel to "never".'),
    ),
    ...missing(channel, 'safeTimes', { path, why: 'the recipient must not call at a dangerous time' }),
    ...missing(channel, 'device', { path, why: 'somebody else may answer or read' }),
    ...when(
      channel.voicemail === undefined && channel.messages === undefined,
      info(
        path,
        'does not say whether messages may be left; the recipient will leave none',
        'Fill in "voicemail" and "messages".',
      ),
    ),
    ...when(
      channel.device === 'shared-family' && channel.messages === true,
      warning(
        `${path}.messages`,
        'allows written messages to a device that the family reads',
        'Confirm that this is safe.',
      ),
    ),
  ]
}

/** People who must not be contacted, by any relationship of the referral or the never-contact list. */
function forbidden({ people = [], contact }: Referral): ReadonlySet<string> {
  const rules = people
    .flatMap(({ relationships = [] }) => relationships)
    .filter(({ type }) => type === 'must-not-contact')
  const never = (contact?.never ?? []).filter(({ type, value }) => type === undefined && value === undefined)
  return new Set([...rules.map(({ to }) => to), ...never.flatMap(({ person }) => person ?? [])])
}

function neverUsed(channel: Channel, contact: Contact | undefined): boolean {
  return (contact?.never ?? []).some(({ value }) => value !== undefined && value === channel.value)
}
