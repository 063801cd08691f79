// The findings of the rules of @rex/sdk/referral/warnings, each with its severity and its English texts. docs/spec/referral.md, "Findings"
import { CORRECT_DATE, type Entry, type Severity } from './entry.ts'

/** Severity, message and remedy, as in `CATALOGUE`. None of these findings is an error. */
type Warning = Entry & readonly [Exclude<Severity, 'error'>, ...unknown[]]

/** The findings of @rex/sdk/referral/warnings, by code. A code is never renamed or given another meaning (REX-REF-140). */
export const WARNINGS = {
  'school-of-suspected': [
    'warning',
    'leads to a school where {person}, who must not be reached, works or learns',
    'Name a safe person there in "say" or "rules", or give another channel.',
  ],
  'professional-missing': [
    'warning',
    'goes through a professional whom the referral does not name',
    'Add the professional.',
  ],
  'messages-on-shared-device': [
    'warning',
    'allows messages on a device that the family shares',
    'Confirm with the person that this is safe, or forbid messages.',
  ],
  'messages-unstated': [
    'info',
    'does not say whether messages may be left; the recipient will leave none',
    'Fill in "voicemail" and "messages".',
  ],
  'url-defanged': [
    'warning',
    'is defanged',
    'Write it as it is: {suggestion}. It is shown defanged and never opened.',
  ],
  'url-white-space': ['warning', 'holds white space', 'Write {suggestion}, or copy the URL again.'],
  'url-leads-nowhere': [
    'warning',
    'leads nowhere on another computer',
    'Write the URL at which others find it.',
  ],
  'domain-with-more': [
    'warning',
    'holds more than a domain',
    'Write a URL into "url"; a domain means everything on it, here {suggestion}.',
  ],
  'domain-invalid': ['warning', 'is no domain', 'Write it as in "site.example".'],
  'consent-for-others': [
    'warning',
    'cover somebody else than the principal child',
    'Add the consent for the child.',
  ],
  'network-address-private': [
    'warning',
    'is an address inside a network, which identifies no connection',
    'Ask for the public address.',
  ],
  'network-time-inexact': [
    'warning',
    'is no exact time; within a day, an address belongs to several people',
    'State the time with its zone, if it is known.',
  ],
  'channel-value-strange': [
    'warning',
    'does not look like a value for {type}',
    'Correct it, or choose another type.',
  ],
  'safe-time-reversed': ['warning', 'is not after "from"', 'Write a time over midnight as two.'],
  'zone-unknown': ['warning', 'is no time zone', 'Write an IANA name such as "Europe/Kyiv".'],
  'country-unknown': ['warning', 'is no code of a country', 'Write its ISO 3166-1 code, such as "UA".'],
  'language-unknown': ['warning', 'is no code of a language', 'Write its BCP 47 tag, such as "en".'],
  'date-in-future': ['warning', 'lies in the future', CORRECT_DATE],
  'birth-in-future': [
    'warning',
    'lies in the future',
    'Correct the date; for an unborn child, fill in "expectedDeliveryDate" instead.',
  ],
  'birth-too-long-ago': ['warning', 'lies too far in the past', CORRECT_DATE],
  'date-past': ['warning', 'lies in the past', 'Correct the date, or say what is to be done now.'],
} as const satisfies Readonly<Record<string, Warning>>
