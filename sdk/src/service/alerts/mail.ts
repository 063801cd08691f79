// Composes the mails: ids and states, in the language of the recipient. docs/guide/alerts.md
import { hash } from 'node:crypto'
import type { Desk } from '../../client/api/desk.ts'
import { summaryOf } from '../webhooks/alert.ts'
import type { Posted } from '../webhooks/queue.ts'
import type { Recipient } from './config.ts'
import { timeIn } from './digest.ts'
import type { Mail } from './smtp.ts'
import { type AlertTexts, textsIn } from './texts/index.ts'

/** Maximum number of alerts that a mail lists. If there are more, the mail states how many. */
const LISTED = 50
/** Characters of a thread id that people see. */
const SHORT = 8

/** Dependencies of a composer. */
export interface ComposeOptions {
  readonly recipient: Recipient
  readonly organisation: string
  readonly desk: Pick<Desk, 'threads'>
  /** Domain of the sender, for the ids of mails. */
  readonly domain: string
}

/** Returns the mail about these changes. `id`: the same for each attempt. */
export async function composeMail(
  changes: readonly Posted[],
  { id, atMs }: { readonly id: string; readonly atMs: number },
  options: ComposeOptions,
): Promise<Mail> {
  const { recipient, domain } = options
  const listed = await Promise.all(changes.slice(0, LISTED).map((change) => factsOf(change, options)))
  const texts = textsIn(recipient.language ?? 'en')
  return mailOf({
    texts,
    subject: subjectOf(changes, texts),
    body: (language) => [
      ...listed.map((facts) => lineOf(facts, language, recipient)),
      ...(changes.length > LISTED ? [filled(language.more, { count: String(changes.length - LISTED) })] : []),
      '',
      filled(language.times, { zone: recipient.zone ?? 'UTC' }),
      language.look,
    ],
    ...{ options, id, domain, atMs },
  })
}

/** Returns a marked test mail, which reports nothing. */
export function testMail(id: string, atMs: number, options: Omit<ComposeOptions, 'desk'>): Mail {
  const texts = textsIn(options.recipient.language ?? 'en')
  return mailOf({
    texts,
    subject: texts.test.subject,
    body: (language) => [language.test.text],
    ...{ options, id, domain: options.domain, atMs },
  })
}

interface MailParts {
  readonly texts: AlertTexts
  readonly subject: string
  readonly body: (texts: AlertTexts) => readonly string[]
  readonly options: Omit<ComposeOptions, 'desk'>
  readonly id: string
  readonly domain: string
  readonly atMs: number
}

/** Adds subject and closing text. If a translation is unconfirmed, adds the English text below it. */
function mailOf({ texts, subject, body, options, id, domain, atMs }: MailParts): Mail {
  const { recipient, organisation } = options
  const whole = (language: AlertTexts) => [
    ...body(language),
    filled(language.footer, { organisation: isolated(organisation) }),
  ]
  const lines = texts.unconfirmed
    ? [...whole(texts), texts.unconfirmedNote, '', '---', '', ...whole(textsIn('en'))]
    : whole(texts)
  return {
    to: recipient.address,
    subject: `REX: ${subject}`,
    text: `${lines.join('\n')}\n`,
    messageId: `${id}@${domain}`,
    atMs,
  }
}

function subjectOf(changes: readonly Posted[], texts: AlertTexts): string {
  const [only] = changes
  if (changes.length !== 1 || only === undefined)
    return filled(texts.several, { count: String(changes.length) })
  const sentence = texts.alerts[only.alert ?? 'missed'].replace(/\.$/, '')
  return only.kind === 'health' && only.state === 'ended' ? `${sentence} (${texts.states.ended})` : sentence
}

/** The facts from which the line of an alert is made. */
interface Facts {
  readonly change: Posted
  readonly ref?: string
  readonly isTest: boolean
}

/** Reads the facts of a change. The case number is read only now, because nothing but the desk store may contain it. */
async function factsOf(change: Posted, { recipient, desk }: ComposeOptions): Promise<Facts> {
  const isNeeded = 'thread' in change && (change.alert === 'urgent' || recipient.refs === true)
  const summary = isNeeded ? await summaryOf(change.thread, desk) : undefined
  const ref = recipient.refs === true ? summary?.ref : undefined
  return { change, isTest: summary?.test === true, ...(ref !== undefined && { ref: oneLine(ref) }) }
}

function lineOf({ change, ref, isTest }: Facts, texts: AlertTexts, { zone = 'UTC' }: Recipient): string {
  const about = [
    ...(isTest ? [texts.exercise] : []),
    ...('thread' in change ? [filled(texts.thread, { id: isolated(change.thread.slice(0, SHORT)) })] : []),
    ...(ref === undefined ? [] : [filled(texts.ref, { ref: isolated(ref) })]),
    ...(change.kind === 'health'
      ? [filled(texts.problem, { code: isolated(change.problem) }), texts.states[change.state]]
      : []),
  ]
  const tail = about.length === 0 ? '' : ` (${about.join(', ')})`
  return `${isolated(timeIn(zone, change.atMs))}  ${texts.alerts[change.alert ?? 'missed']}${tail}`
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}

/** Keeps the direction of an id or a time in right-to-left text. */
const isolated = (text: string): string => `\u2068${text}\u2069`

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')

/** Returns the id for the first mail with these letters. */
export function mailId(organisation: string, name: string, { kind, cursor }: Posted): string {
  return `rex.${hash('sha256', ['mail', organisation, name, kind, cursor].join(' '), 'hex').slice(0, 32)}`
}
