// Sentences of the report for readers who do not know REX: about suites, outcomes and chapters. docs/guide/conformance.md
import type { Kind } from '../process.ts'
import type { Outcome } from '../verdict.ts'

/** The purpose of each kind of program. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  codec: 'A codec reads and writes the objects of REX: it seals, opens, signs and checks them.',
  gateway:
    'A gateway carries sealed messages between organisations, and keeps those that a desk has not yet taken. It cannot read them.',
  desk: 'A desk is the program with which the people of an organisation send and receive referrals. It holds the keys.',
}

/** A description of each suite, by kind of program. */
export const SUITE_WORDS: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  codec: {
    codec:
      'sealed messages, receipts, evidence and key statements: right ones are accepted, spoilt ones refused',
    thread: 'the order of the messages of a case, and what each of them may change',
    referral: 'the content of referrals: fields, limits, images in texts',
    sealing: 'what the program seals can be opened, and nothing random comes twice',
  },
  gateway: {
    clock: 'expiry, pauses and wrong clocks',
    delivery: 'messages between two gateways',
    keys: 'keys and certificates that are replaced',
    limits: 'floods, full stores and slow partners',
    mailbox: 'messages between the gateway and its desk',
    restore: 'crashes, lost memory and restored backups',
    security: 'wrong certificates, forged and misaddressed messages',
  },
  desk: {
    adapters: 'cases of other systems, converted both ways',
    clock: 'alarms, expiry and certificates',
    codes: 'codes that the program does not know',
    drafts: 'what people learn before they send a referral',
    enrolment: 'how a desk joins its gateway',
    keeping: 'erasure, legal hold, retention and damage',
    loop: 'the steps of a referral, from both sides',
    mailbox: 'duplicates, order, crashes and broken connections',
    receipts: 'receipts, genuine and forged',
    restore: 'desks restored from a backup',
    security: 'tampered, repeated and forged messages',
    showing: 'what people see and type',
    trust: 'keys of partners, right and wrong',
  },
}

/** The meaning of each outcome. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  passed: 'The program did what the specification requires.',
  failed: 'The program did something else.',
  skipped: 'The program does not claim the feature that the case needs, so the case was not tried.',
  'known-failing': 'The case failed, and was listed as known to fail.',
  fixed: 'The case passed, although it was listed as known to fail. Remove it from the list.',
  crashed: 'The program ended.',
  hung: 'The program did not answer in time.',
  flooded: 'The program wrote too much, or without being asked.',
  unreadable: 'The answer of the program could not be understood.',
  'other-case': 'The program answered another question than the one that was asked.',
  version: 'The program speaks another version of the language in which it is tested.',
}

/** Titles of the chapters of the specification, by the middle part of their requirement ids. */
export const CHAPTER_WORDS: Readonly<Record<string, string>> = {
  DLV: 'delivery',
  ENC: 'encoding',
  ENV: 'envelope',
  ERR: 'errors',
  ID: 'identity',
  JOSE: 'JOSE objects',
  MBX: 'mailbox',
  RCP: 'receipts',
  REF: 'referral',
  THR: 'thread',
}

/** The programs that requirements bind, by the word in `docs/spec/requirements.md`. */
export const ROLE_WORDS: Readonly<Record<string, string>> = {
  receiver: 'programs that receive',
  sender: 'programs that send',
  gateway: 'gateways',
  desk: 'desks',
  showing: 'programs that show referrals to people',
}
