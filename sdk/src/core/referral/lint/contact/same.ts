// Whether two numbers, addresses or handles are the same in another spelling. docs/spec/referral.md, "Lint"
import { endOf, type Phone, phonesIn, samePhone } from './phone.ts'

/** A value in the forms in which it is compared. */
export interface Form {
  readonly phones: readonly Phone[]
  /** Addresses of e-mail, profiles, handles, and the whole text. */
  readonly texts: ReadonlySet<string>
}

/** The forms of a value. */
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
  const single = handles.filter((handle) => handle !== '' && !handle.includes('/'))
  return { phones: phonesIn(value), texts: new Set([page, ...single]) }
}

/** Whether two values of channels or identifiers reach the same. */
export function sameValue(a: string, b: string): boolean {
  return whoHas([[a, 'a']])(formOf(b)) !== undefined
}

/** Finds, among values and whose they are, who has a number, address or handle. Its time does not depend on their number. */
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

/** The numbers and addresses of e-mail in a text of any length. */
export function reachesIn(text: string): Form {
  const mails = text.includes('@') ? [...folded(text).matchAll(MAIL)].map(([mail]) => mailbox(mail)) : []
  return { phones: phonesIn(text), texts: new Set(mails) }
}

/** Parts of an address are bounded (RFC 5321, section 4.5.3.1), so that long texts are read in linear time. */
const MAIL = /[^\s@<>()[\],;:"]{1,64}@[^\s@<>()[\],;:"/]{1,253}/gu
/** "@name", alone or after the name of a service. */
const HANDLE = /(?:^|[\s:(])@([\p{L}\p{N}._-]+)/gu

/** Without case, invisible characters, `mailto:`, ways to write "." and "@" for people, and repeated white space. */
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
 * The mailbox of an address in lower case: without a tag after "+" (RFC 5233), at Gmail without dots, the domain in ASCII (RFC 5891).
 * Addresses that some services distinguish count as the same one: that endangers nobody.
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
