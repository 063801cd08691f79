// Writes short summaries of a referral that identify nobody, and the rules of safe contact, in one language. docs/spec/referral.md,
// "Showing"
import type { ListName } from '../codes/codes.ts'
import { beside } from '../messages/filled.ts'
import { sharedAddresses } from '../safety/danger.ts'
import type { Channel, Contact, NeverContact, Person, Referral, SafeTime } from '../types.ts'
import { workingOn } from '../validate/argument.ts'
import { labelIn, ruleLabelIn } from './labels.ts'
import { countryName, formatDate, languageName } from './names.ts'
import type { Phrases, Words } from './words.ts'

/** The words of one language, and the English words, which are shown beside translations that nobody has confirmed. */
export interface Speech {
  /** BCP 47 tag, for dates, numbers and names. */
  readonly locale: string
  readonly words: Words
  readonly english: Words
}

/** Implements `describeReferral` for one language. */
export function summaryIn(speech: Speech, referral: Partial<Referral>): string[] {
  return workingOn(referral, () => summary(referral, speech))
}

/** Implements `safeContact` for one language. */
export function safeContactIn(speech: Speech, referral: Partial<Referral>): string[] {
  return workingOn(referral, () => contactRules(referral, speech))
}

function summary(referral: Partial<Referral>, speech: Speech): string[] {
  const say = speech.words.phrases
  const { triage = {}, people, items, group } = referral
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['', headline(referral, speech)],
    [say.urgent, urgency(referral, speech)],
    [say.priority, coded('priority', triage.priority, speech)],
    [say.neededBy, triage.neededBy && formatDate(triage.neededBy, speech.locale)],
    [say.child, joined([coded('age-band', triage.ageBand, speech), coded('gender', triage.gender, speech)])],
    [say.children, triage.children?.toLocaleString(speech.locale)],
    [say.where, joined([triage.area?.name, triage.country && countryName(triage.country, speech.locale)])],
    [say.languages, languages(triage, speech)],
    [say.risk, coded('risk', triage.risk, speech)],
    [say.services, joined(triage.services?.map((code) => labelIn(speech.words.labels, 'service', code)))],
    [say.abuse, joined(triage.abuse?.map((code) => labelIn(speech.words.labels, 'abuse', code)))],
    [say.people, people?.length.toLocaleString(speech.locale)],
    [say.items, items?.length.toLocaleString(speech.locale)],
    [say.group, group && `${group.index}/${group.size}`],
    [say.handling, coded('tlp', referral.handling?.tlp, speech)],
  ]
  return rows.flatMap(([name, value]) => (value ? [name ? `${name}: ${value}` : value] : []))
}

function contactRules(referral: Partial<Referral>, speech: Speech): string[] {
  const { contact, people = [] } = referral
  return [
    ...(contact?.never ?? []).map((never) => neverRule(never, speech)),
    ...people.flatMap((person) => personRules(person, speech)),
    ...sharedAddresses(referral).map(
      ({ others, endangering }) =>
        `${others.join(', ')}: ${rulePhrases(speech).noVisit} ${endangering.join(', ')}`,
    ),
    ...instructions(contact),
    ...(contact?.channels ?? []).map((channel) => channelRule(channel, speech)),
  ]
}

function headline({ kind, lane, test }: Partial<Referral>, speech: Speech): string | undefined {
  return joined([
    test ? speech.words.phrases.test : undefined,
    coded('referral-kind', kind, speech),
    lane === 'urgent' ? labelIn(speech.words.labels, 'lane', lane) : undefined,
  ])
}

function urgency({ triage }: Partial<Referral>, speech: Speech): string | undefined {
  if (triage?.urgency === undefined) return undefined
  const { reason, due } = triage.urgency
  const until =
    due === undefined ? undefined : `${speech.words.phrases.until} ${formatDate(due, speech.locale)}`
  return joined([labelIn(speech.words.labels, 'urgency-reason', reason), until])
}

function languages(
  { languages: tags = [], interpreter }: Referral['triage'],
  speech: Speech,
): string | undefined {
  const names = tags.map((tag) => languageName(tag, speech.locale))
  return joined([...names, interpreter ? speech.words.phrases.interpreter : undefined])
}

function neverRule({ person, type, value, reason }: NeverContact, speech: Speech): string {
  const what = joined([person, type && ruleLabelIn(speech, 'contact-channel', type), value])
  return `${rulePhrases(speech).never}: ${what}${reason ? ` (${reason.text})` : ''}`
}

function personRules({ id, relationships = [] }: Person, speech: Speech): string[] {
  return relationships
    .filter(({ type }) => type.startsWith('must-not-'))
    .map(
      ({ type, to, note }) =>
        `${id} → ${to}: ${ruleLabelIn(speech, 'relationship', type)}${note ? ` (${note.text})` : ''}`,
    )
}

function instructions(contact: Contact | undefined): string[] {
  return contact?.instructions === undefined ? [] : [contact.instructions.text]
}

function channelRule(channel: Channel, speech: Speech): string {
  const say = rulePhrases(speech)
  const times = channel.safeTimes?.map((time) => safeTime(time, speech)).join('; ')
  const rules = [
    times === undefined ? say.timesUnknown : `${say.only} ${times}`,
    channel.device && `${say.device}: ${ruleLabelIn(speech, 'device', channel.device)}`,
    channel.voicemail === true ? undefined : say.noVoicemail,
    channel.messages === true ? undefined : say.noMessages,
    ...(channel.rules ?? []).map((rule) => ruleLabelIn(speech, 'contact-rule', rule)),
    channel.say && `${say.say}: “${channel.say.text}”`,
  ]
  return `${channel.person}, ${ruleLabelIn(speech, 'contact-channel', channel.type)}: ${rules.filter(Boolean).join('; ')}`
}

function safeTime({ days, from, until, zone }: SafeTime, speech: Speech): string {
  const when =
    days?.map((day) => ruleLabelIn(speech, 'weekday', day)).join(', ') ?? rulePhrases(speech).everyDay
  return `${when} ${from}–${until} (${zone})`
}

/** Returns the phrases for rules that protect somebody, with the English beside each if nobody has confirmed the translation (REX-REF-102). */
function rulePhrases({ words, english }: Speech): Phrases {
  if (words.phrasesConfirmed) return words.phrases
  const both = Object.entries(words.phrases).map(([name, text]) => [
    name,
    beside(text, english.phrases[name as keyof Phrases]),
  ])
  return Object.fromEntries(both) as unknown as Phrases
}

function coded(list: ListName, code: string | undefined, speech: Speech): string | undefined {
  return code === undefined ? undefined : labelIn(speech.words.labels, list, code)
}

function joined(parts: readonly (string | undefined)[] = []): string | undefined {
  const known = parts.filter((part) => part !== undefined && part !== '')
  return known.length === 0 ? undefined : known.join(', ')
}
