// Compares numbers, addresses and handles regardless of their spelling. docs/spec/referral.md, "Lint"
import { endOf, type Phone, phonesIn, samePhone } from './phone.ts'

/** A value in normalised forms, for comparison. */
export interface Form {
  readonly phones: readonly Phone[]
  /** E-mail addresses, profiles, handles, and the whole text. */
  readonly texts: ReadonlySet<string>
}

/** Returns the normalised forms of a value. */
export function formOf(value: string): Form {
  const text = folded(value)
  const mails = [...text.matchAll(MAIL)].map(([mail]) => mailbox(mail))
  if (mails.length > 0) return { phones: [], texts: new Set(mails) }
  const path =
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:www\.|m\.)?([^/?#\s]+\.[^/?#\s]+)\/([^?#\s]*?)\/*(?:[?#].*)?$/u.exec(text)
  const [, host = '', rest = ''] = path ?? []
  const handles =
    path === null ? [...text.matchAll(HANDLE)].map(([, handle = '']) => handle) : [rest.replace(/^@/, '')]
  const page = path === null ? text.replace(/^@/, '') : `${host}/${rest}`
  const single = [...handles, SERVED.exec(text)?.[1] ?? ''].filter(
    (handle) => handle !== '' && !handle.includes('/'),
  )
  return { phones: phonesIn(value), texts: new Set([page, ...single]) }
}

/** Whether two values of channels or identifiers lead to the same number, address or handle. */
export function sameValue(a: string, b: string): boolean {
  return whoHas([[a, 'a']])(formOf(b)) !== undefined
}

/**
 * Returns a function that finds the owner of a number, address or handle, given values with their owners. The time of a search does not
 * depend on the number of values.
 */
export function whoHas(
  values: readonly (readonly [value: string, who: string])[],
): (form: Form) => string | undefined {
  const texts = new Map<string, string>()
  const phones = new Map<string, (readonly [Phone, string])[]>()
  for (const [value, who] of values) {
    const form = formOf(value)
    for (const text of form.texts) texts.set(text, who)
    for (const phone of form.phones)
      phones.set(endOf(phone), [...(phones.get(endOf(phone)) ?? []), [phone, who]])
  }
  return (form) => {
    for (const text of form.texts) if (texts.has(text)) return texts.get(text)
    for (const phone of form.phones) {
      const same = phones.get(endOf(phone))?.find(([known]) => samePhone(known, phone))
      if (same !== undefined) return same[1]
    }
    return undefined
  }
}

/** Finds the telephone numbers and e-mail addresses in a text of any length. */
export function reachesIn(text: string): Form {
  const mails = text.includes('@') ? [...folded(text).matchAll(MAIL)].map(([mail]) => mailbox(mail)) : []
  return { phones: phonesIn(text), texts: new Set(mails) }
}

/** Matches an e-mail address. The length of the parts is limited (RFC 5321, section 4.5.3.1), so that long texts are searched in linear time. */
const MAIL = /[^\s@<>()[\],;:"]{1,64}@[^\s@<>()[\],;:"/]{1,253}/gu
/** Matches a handle ("@name"), alone or after the name of a service. */
const HANDLE = /(?:^|[\s:(])@([\p{L}\p{N}._-]+)/gu

/** Matches a handle after the name of its service ("Snapchat: name"). */
const SERVED = /^\p{L}{2,24}[\s:]+@?([\p{L}\p{N}._-]{3,64})$/u

/**
 * Normalises a text: lower-cases it, restores "." and "@" that were written otherwise ("[dot]", "(at)"), and removes invisible characters,
 * `mailto:` and repeated white space.
 */
function folded(value: string): string {
  return value
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .replace(/\s*(?:\[[.]\]|\([.]\)|\[dot\]|\(dot\))\s*/g, '.')
    .replace(/\s*(?:\[at\]|\(at\)|\[@\])\s*/g, '@')
    .replace(/^(?:mailto|sip|skype|tg|xmpp):/, '')
    .replace(/^hxxp/, 'http')
    .replace(/[.,;/\s]+$/, '')
    .replace(/[.,;]?\s+/g, ' ')
    .trim()
}

/**
 * Normalises an e-mail address: removes a tag after "+" (RFC 5233) and, at Gmail, dots, and writes the domain in ASCII (RFC 5891). Some
 * services distinguish addresses that are equal here, but treating them as the same endangers nobody.
 */
function mailbox(mail: string): string {
  const at = mail.lastIndexOf('@')
  const local = mail.slice(0, at).replace(/^([^+]+)[+].*$/, '$1')
  const domain = asciiDomain(mail.slice(at + 1)).replace(/^googlemail\.com$/, 'gmail.com')
  return `${domain === 'gmail.com' ? local.replaceAll('.', '') : local}@${domain}`
}

function asciiDomain(domain: string): string {
  return URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : domain
}
