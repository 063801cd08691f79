// Non-identifying summaries of a referral in a few lines, and the rules of safe contact. docs/spec/referral.md, "Showing"
import { formatDate } from '../dates.ts'
import { localeOf } from '../locale.ts'
import { sharedAddresses } from '../safety/danger.ts'
import type { Channel, Contact, NeverContact, Person, Referral, SafeTime } from '../types.ts'
import { workingOn } from '../validate/argument.ts'
import { countryName, label, languageName, ruleLabel } from './labels.ts'
import { phrases, rulePhrases } from './phrases.ts'

/**
 * A summary of a referral in a few lines, from the triage card and handling only: it identifies no one. Lines without content are omitted.
 * @throws RexError MALFORMED for an invalid locale, INVALID_REFERRAL for a value of another shape
 */
export function describeReferral(referral: Partial<Referral>, locale = 'en'): string[] {
  return workingOn(referral, () => summary(referral, localeOf(locale)))
}

function summary(referral: Partial<Referral>, locale: string): string[] {
  const say = phrases(locale)
  const { triage = {}, people, items, group } = referral
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['', headline(referral, locale)],
    [say.urgent, urgency(referral, locale)],
    [say.priority, coded('priority', triage.priority, locale)],
    [say.neededBy, triage.neededBy && formatDate(triage.neededBy, locale)],
    [say.child, joined([coded('age-band', triage.ageBand, locale), coded('gender', triage.gender, locale)])],
    [say.children, triage.children?.toLocaleString(localeOf(locale))],
    [say.where, joined([triage.area?.name, triage.country && countryName(triage.country, locale)])],
    [say.languages, languages(triage, locale)],
    [say.risk, coded('risk', triage.risk, locale)],
    [say.services, joined(triage.services?.map((code) => label('service', code, locale)))],
    [say.abuse, joined(triage.abuse?.map((code) => label('abuse', code, locale)))],
    [say.people, people?.length.toLocaleString(localeOf(locale))],
    [say.items, items?.length.toLocaleString(localeOf(locale))],
    [say.group, group && `${group.index}/${group.size}`],
    [say.handling, coded('tlp', referral.handling?.tlp, locale)],
  ]
  return rows.flatMap(([name, value]) => (value ? [name ? `${name}: ${value}` : value] : []))
}

/**
 * Rules for anyone about to make contact, prohibitions first (REX-REF-100). People are named by id, so that the rules may appear where
 * names may not. Anything not stated is forbidden. Empty if the referral has neither a rule nor a contact channel.
 * @throws RexError MALFORMED for an invalid locale, INVALID_REFERRAL for a value of another shape
 */
export function safeContact(referral: Partial<Referral>, locale = 'en'): string[] {
  return workingOn(referral, () => contactRules(referral, localeOf(locale)))
}

function contactRules(referral: Partial<Referral>, locale: string): string[] {
  const { contact, people = [] } = referral
  return [
    ...(contact?.never ?? []).map((never) => neverRule(never, locale)),
    ...people.flatMap((person) => personRules(person, locale)),
    ...sharedAddresses(referral).map(
      ({ others, endangering }) =>
        `${others.join(', ')}: ${rulePhrases(locale).noVisit} ${endangering.join(', ')}`,
    ),
    ...instructions(contact),
    ...(contact?.channels ?? []).map((channel) => channelRule(channel, locale)),
  ]
}

function headline({ kind, lane, test }: Partial<Referral>, locale: string): string | undefined {
  return joined([
    test ? phrases(locale).test : undefined,
    coded('referral-kind', kind, locale),
    lane === 'urgent' ? label('lane', lane, locale) : undefined,
  ])
}

function urgency({ triage }: Partial<Referral>, locale: string): string | undefined {
  if (triage?.urgency === undefined) return undefined
  const { reason, due } = triage.urgency
  const until = due === undefined ? undefined : `${phrases(locale).until} ${formatDate(due, locale)}`
  return joined([label('urgency-reason', reason, locale), until])
}

function languages(
  { languages: tags = [], interpreter }: Referral['triage'],
  locale: string,
): string | undefined {
  const names = tags.map((tag) => languageName(tag, locale))
  return joined([...names, interpreter ? phrases(locale).interpreter : undefined])
}

function neverRule({ person, type, value, reason }: NeverContact, locale: string): string {
  const what = joined([person, type && ruleLabel('contact-channel', type, locale), value])
  return `${rulePhrases(locale).never}: ${what}${reason ? ` (${reason.text})` : ''}`
}

function personRules({ id, relationships = [] }: Person, locale: string): string[] {
  return relationships
    .filter(({ type }) => type.startsWith('must-not-'))
    .map(
      ({ type, to, note }) =>
        `${id} → ${to}: ${ruleLabel('relationship', type, locale)}${note ? ` (${note.text})` : ''}`,
    )
}

function instructions(contact: Contact | undefined): string[] {
  return contact?.instructions === undefined ? [] : [contact.instructions.text]
}

function channelRule(channel: Channel, locale: string): string {
  const say = rulePhrases(locale)
  const times = channel.safeTimes?.map((time) => safeTime(time, locale)).join('; ')
  const rules = [
    times === undefined ? say.timesUnknown : `${say.only} ${times}`,
    channel.device && `${say.device}: ${ruleLabel('device', channel.device, locale)}`,
    channel.voicemail === true ? undefined : say.noVoicemail,
    channel.messages === true ? undefined : say.noMessages,
    ...(channel.rules ?? []).map((rule) => ruleLabel('contact-rule', rule, locale)),
    channel.say && `${say.say}: “${channel.say.text}”`,
  ]
  return `${channel.person}, ${ruleLabel('contact-channel', channel.type, locale)}: ${rules.filter(Boolean).join('; ')}`
}

function safeTime({ days, from, until, zone }: SafeTime, locale: string): string {
  const when =
    days?.map((day) => ruleLabel('weekday', day, locale)).join(', ') ?? rulePhrases(locale).everyDay
  return `${when} ${from}–${until} (${zone})`
}

function coded(
  list: Parameters<typeof label>[0],
  code: string | undefined,
  locale: string,
): string | undefined {
  return code === undefined ? undefined : label(list, code, locale)
}

function joined(parts: readonly (string | undefined)[] = []): string | undefined {
  const known = parts.filter((part) => part !== undefined && part !== '')
  return known.length === 0 ? undefined : known.join(', ')
}
