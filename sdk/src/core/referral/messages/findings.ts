// The findings of the rules that every program has, each with its severity and its English texts. docs/spec/referral.md, "Findings"
import { REFUSED, REMEDY } from '../guard/guard.ts'
import { CORRECT_DATE, type Entry } from './entry.ts'
import type { WARNINGS } from './warnings.ts'

const CORRECT_ONE = 'Correct one of the two.'
const OTHER_ROUTE = 'Remove the channel, or correct the other part.'
const MOVE = 'Move it to a section that is disclosed later, such as narrative.'
const PROFESSIONALS = 'Remove it, or send it as another kind to those who may know.'
const FOR_RECIPIENT =
  'Fill it in, or state in "absent" why it cannot be told; make sure that the recipient gets the section.'

/** Findings that every program can make, by code; the others are in `WARNINGS`. A code is never renamed or given another meaning (REX-REF-140). */
export const CATALOGUE = {
  // Findings about kind, urgency, handling and consent.
  'section-missing': ['error', 'is a section that a {kind} needs', 'Add it.'],
  'section-recommended': [
    'warning',
    'is a section that a {kind} should have',
    'Add it if anything is known.',
  ],
  'section-not-allowed': [
    'error',
    'is a section that a {kind} does not have',
    'Remove it, or choose another kind.',
  ],
  'urgency-without-reason': ['error', 'is urgent without a reason', 'State why, and until when.'],
  'urgency-as-routine': [
    'warning',
    'gives a reason for urgency but travels as routine',
    'Set "lane": "urgent", or remove the reason.',
  ],
  'urgency-without-due': ['warning', 'does not say until when', 'State by when action is needed.'],
  'group-index': ['error', 'lies beyond the size of the group', 'Number the referrals of the group from 1.'],
  'handling-contradiction': ['error', '{rule}', 'Choose one of the two.'],
  'handling-expired': ['error', 'lies in the past', 'Set a later time.'],
  'consent-insufficient': [
    'error',
    'does not cover services and disclosure to other organisations',
    'Ask for consent, name another legal basis, or record why it is overridden.',
  ],
  'consent-without-giver': ['warning', 'does not say who gave it', 'Fill in "givenBy" or "subject".'],
  'consent-expired': ['error', 'lies in the past', 'Ask for consent again.'],
  'consent-in-future': ['error', 'lies in the future', CORRECT_DATE],

  // Findings about fields that the recipient needs.
  'field-missing': ['warning', 'is missing; {why}', 'Fill it in, or state in "absent" why it has no value.'],
  'field-not-asked': ['warning', 'was not asked; {why}', 'Ask before sending, if that is safe.'],
  'field-unknown': ['info', 'is not known', 'Nothing, unless somebody else may know it.'],
  'other-unexplained': [
    'warning',
    'says "other" without more',
    'Say in {other} what it is, or choose a code that fits.',
  ],
  'nothing-to-follow-up': [
    'error',
    'and all other leads are missing: the report names no person, account, item or evidence',
    'Add the facts that you know.',
  ],
  'kind-not-accepted': [
    'error',
    'is a kind that {organisation} does not accept',
    'Choose another recipient.',
  ],
  'needed-by-recipient': ['error', 'is needed by {organisation}', FOR_RECIPIENT],
  'wanted-by-recipient': ['warning', 'is wanted by {organisation}', FOR_RECIPIENT],
  'code-list-older': [
    'warning',
    'is a code list of which the recipient knows an older version or none',
    'A person there may have to interpret the codes; add a note.',
  ],

  // Findings about people.
  'principal-child': [
    'error',
    'must have exactly one principal child in a victim-support referral',
    'Give one person the role principal-child; refer siblings as a group.',
  ],
  'professionals-only': [
    'error',
    'says more than how to reach professionals, which a {kind} must not',
    PROFESSIONALS,
  ],
  'age-range-reversed': ['error', 'has a minimum above its maximum', 'Correct the range.'],
  'age-value-and-range': ['error', 'is a value and a range', 'Keep one of the two.'],
  'age-without-date': ['warning', 'does not say for which day', 'Fill in "asOf", because ages change.'],

  // Findings about leaks into sections that every recipient gets.
  leak: ['error', 'tells every recipient who {person} is', MOVE],
  'leak-word': [
    'error',
    'has a name of {person}, and every recipient reads it',
    'Move it to a section that is disclosed later, or confirm that the word means something else.',
  ],
  'ordinary-word': [
    'warning',
    'has a word that is also a name of {person}, and every recipient reads it',
    'If it means {person}, move it to a section that is disclosed later; if it is an ordinary word, confirm it or say it otherwise.',
  ],
  'leak-id': [
    'error',
    'is an id that tells who {person} is, and every recipient reads it',
    'Choose an id that says nothing, such as "child" or "c1", and use it everywhere.',
  ],
  media: ['error', REFUSED, REMEDY],

  // Findings about the safety of contact.
  'contact-missing': [
    'error',
    'gives no way to reach anybody',
    'Add a channel or address, or state in "absent" that it is withheld for safety.',
  ],
  'reaches-suspected': ['error', 'is {person}, a suspected person', OTHER_ROUTE],
  'reaches-not-contacted': [
    'error',
    'is {person}, who must not be contacted according to another part of the referral',
    OTHER_ROUTE,
  ],
  'reaches-not-told': [
    'error',
    'is {person}, who must not be told according to another part of the referral',
    OTHER_ROUTE,
  ],
  'channel-forbidden': ['error', 'is forbidden by {other}', 'Remove one of the two.'],
  'channel-leads-to': ['error', 'leads to {person}, who must not be reached', 'Remove the channel.'],
  'device-of-suspected': ['error', 'belongs to the suspected person', 'Move the channel to "never".'],
  'address-shared': [
    'error',
    'lists {person}, who must not be reached, together with people who have no other channel',
    'Give them a channel, or forbid "in-person" and "post" in "never".',
  ],
  'address-also-shared': [
    'warning',
    'lists {person}, who must not be reached, together with others',
    'Forbid "in-person" and "post" in "never", unless visits and letters are safe.',
  ],
  'consent-by-suspected': [
    'error',
    'says that {person}, a suspected person, gave consent',
    'Ask somebody else, or name another legal basis.',
  ],
  'consent-perhaps-by-suspected': [
    'warning',
    'does not say which caregiver gave consent, and {person} is suspected',
    'Fill in "givenBy".',
  ],
  'informed-not-told': [
    'error',
    'is {person}, who must not be told according to another part of the referral',
    CORRECT_ONE,
  ],

  // Findings about items and evidence.
  'item-address-of-person': [
    'error',
    'is not the address of the server, and items go to every recipient',
    'Move it to the addresses of the incident or of an account, with the id of the item.',
  ],
  'item-without-location': [
    'error',
    'cannot be removed without a location',
    'Add the URL, domain or account.',
  ],
  'items-same': ['error', 'is the same content as {other}', 'Keep one of the two.'],
  'seen-order': ['error', 'was last seen before it was first seen', 'Correct the dates.'],
  'hash-list-without-hash': [
    'error',
    'has no SHA-256 or SHA-512 of the file, so nobody can tell whether the list is the right one',
    'Add the hash of the file.',
  ],
  'hash-list-incomplete': [
    'warning',
    'is missing; the recipient must be able to read the list',
    'Fill it in.',
  ],
  'hash-list-field': ['warning', 'is for a list of hashes only', 'Remove it, or set the type to hash-list.'],
  'hash-shape': [
    'error',
    'is not a value of the type {type}',
    'Copy it again, in lower case where it is hexadecimal.',
  ],
  'class-unknown': ['warning', 'is no class of {scheme}', 'Spell it exactly as the scheme does.'],

  contradiction: ['warning', 'contradicts {other}', CORRECT_ONE],
  'network-address-invalid': ['error', 'is no IPv4 or IPv6 address', 'Copy it again.'],
} as const satisfies Readonly<Record<string, Entry>>

/** The code of a finding that every program can make. */
export type CommonCode = keyof typeof CATALOGUE

/** The machine code of a finding. */
export type FindingCode = CommonCode | keyof typeof WARNINGS

/** Contradictions of handling rules. Each text follows the name of the field that contains the contradiction. */
export const CONTRADICTIONS = {
  'onward-despite-label': 'allows onward sharing, which the TLP label forbids',
  'recipients-despite-label': 'names organisations that the TLP label excludes',
  'recipients-despite-onward': 'names organisations although onward sharing is not allowed',
  'actions-despite-red': 'permits visible actions, which TLP:RED forbids',
  'attribution-despite-red': 'demands naming the sender, which TLP:RED forbids',
  'none-and-actions': 'permits nothing and yet names permitted actions',
  'people-despite-label': 'identifies people under a TLP label that allows it to spread',
  'notification-despite-rule':
    'permits notifying the people concerned, although one of them must not be told',
} as const

/** Phrases within messages: why a field is wanted, which rules contradict each other, how many further places there are. */
export const PHRASES = {
  age: 'services and law depend on the age',
  responsible: 'the recipient must know whether it is responsible',
  languages: 'somebody must be able to talk to the child',
  risk: 'the recipient sets priorities by it',
  services: 'the recipient must know the services that you ask for',
  abuse: 'the recipient must know the concern',
  lead: 'an investigation starts from it',
  recognise: 'the recipient must be able to recognise the child',
  hosting: 'the hotline of that country acts',
  viewing: 'nobody should have to view it twice',
  times: 'the recipient must not call at a dangerous time',
  device: 'somebody else may answer or read',
  '@recipient': 'the recipient',
  '@incident': 'somebody of the incident',
  '@somebody': 'somebody',
  more: '(and {count} more)',
  ...CONTRADICTIONS,
} as const satisfies Readonly<Record<string, string>>

/** The key of a phrase. */
export type PhraseKey = keyof typeof PHRASES
