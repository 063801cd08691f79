// The schemas of events and items in the form for programs. docs/guide/rex-desk.md, "Items as JSON"
import type { ThreadEvent } from '../../client/api/events.ts'
import { REASONS } from '../../core/error.ts'
import { one } from './nodes.ts'

const TEXT = { type: 'string' }
const TEXTS = { type: 'array', items: TEXT }
const NUMBER = { type: 'integer' }
const FLAG = { type: 'boolean' }

/** Describes an object with the members of `required`, and no others except those of `optional`. */
function closed(required: object, optional: object = {}): Readonly<Record<string, unknown>> {
  const properties = { ...required, ...optional }
  return { type: 'object', properties, required: Object.keys(required), additionalProperties: false }
}

/** Sections of types unknown to this version: their bytes as base64. */
export const RAW_SECTIONS = one<readonly { type: string; content: string }[]>({
  type: 'array',
  items: closed({ type: TEXT, content: { type: 'string', contentEncoding: 'base64' } }),
})
/** A referral for programs that read it: only the sections that the desk has. */
export const SECTIONS = { $ref: '#/$defs/PartialReferral' }
export const EVENT = one<ThreadEvent>({
  description: 'An event; `content` has the members of its message, in camelCase (docs/spec/thread.md).',
  ...closed({
    digest: TEXT,
    messageId: TEXT,
    type: TEXT,
    by: TEXT,
    mine: FLAG,
    crossed: FLAG,
    createdMs: NUMBER,
    content: { type: 'object' },
  }),
})

const ofKind = (kind: string, required: object, optional?: object) =>
  closed(
    {
      kind: { const: kind },
      id: { type: 'string', description: 'Stable id: the key with which your program does its work once.' },
      redelivered: { type: 'integer', description: 'How many times the item was delivered before.' },
      thread: { $ref: '#/$defs/Thread' },
      ...required,
    },
    optional,
  )
const READ = {
  safeContact: { ...TEXTS, description: 'Rules to read before any contact, prohibitions first.' },
}
const UNKNOWN = { unknownSections: RAW_SECTIONS.schema }
const MESSAGE = { type: TEXT, messageId: TEXT, recipient: TEXT }
const ALARMS = [
  'delayed',
  'unreceived',
  'held',
  'fork',
  'gap',
  'receipt-mismatch',
  'received-late',
  'conflict',
]

/** An item of the inbox, by its kind. */
export const ITEM = one<object>({
  title: 'Item',
  oneOf: [
    ofKind('referral', { ...READ, referral: SECTIONS }, UNKNOWN),
    ofKind('event', { ...READ, event: EVENT.schema }, UNKNOWN),
    ofKind(
      'failure',
      { outcome: { enum: ['refused', 'expired'] }, ...MESSAGE, hint: TEXT },
      { reason: { enum: Object.keys(REASONS) } },
    ),
    ofKind('alarm', { alarm: { enum: ALARMS }, ...MESSAGE, message: TEXT }),
    ofKind('alarm', {
      alarm: { const: 'overdue' },
      counterpart: TEXT,
      step: closed({ who: TEXT, what: TEXT, byMs: NUMBER }),
      message: TEXT,
    }),
    ofKind('erased', { erased: { $ref: '#/$defs/Erasure' } }),
  ],
})
