// Parsers of option values. They reject an invalid value with an example. docs/guide/rex-desk.md
import { InvalidArgumentError } from 'commander'
import type { ThreadsOptions } from '../../client/api/desk.ts'
import { OPTIONS } from '../../client/api/options.ts'
import type { To } from '../../client/api/sending.ts'
import type { ItemOutcomeInput } from '../../client/api/verb-inputs.ts'
import { KEY, MAX_POSITION } from '../../client/api/verbs.ts'
import { RexError } from '../../core/error.ts'
import { readEntityId } from '../../core/identifier.ts'
import { nameForm } from '../../core/input/name.ts'
import { code, type Node, text } from '../../core/referral/schema/node.ts'
import { check } from '../../core/referral/validate/check.ts'
import * as shape from '../../core/shape.ts'
import { TOKEN_NAME } from '../../service/access/token-name.ts'
import { parseTime } from '../output/time.ts'

type Collected<T> = (value: string, before?: readonly T[]) => T[]

/** Makes a parser that checks a value as the desk would, but before anybody is asked for the passphrase. */
const valid =
  (node: Node) =>
  (value: string): string => {
    const [problem] = check(node, value, '', 'refuse')
    if (problem === undefined) return value
    const { message, suggestion } = problem
    throw new InvalidArgumentError(`It ${message}${suggestion === undefined ? '' : `: ${suggestion}?`}.`)
  }

/** Makes a parser for a filter of the SDK's lists of threads. */
export const filter = (name: keyof ThreadsOptions) => valid(OPTIONS.threads.fields[name] as Node)

const FINDING = valid(shape.hex(16, 'the id of a finding'))

/** Parses an idempotency key. */
export const key = valid(KEY)
/** Parses the user's own case number. */
export const line = (max: number) => valid(shape.label(max))
/** Parses the digest of a message. */
export const digest = valid(shape.digest)
/** Parses the full id of a thread. */
export const threadId = valid(shape.hex(32, 'the full id of a thread'))
/** Collects ids of findings. */
export const findingIds = (value: string, before: readonly string[] = []) => [...before, FINDING(value)]
/** Parses the name of a group of the operating system. */
export const groupName = valid(shape.matching(/^\w[\w.-]{0,254}$/, 'the name or number of a group'))
/** Parses the name of a token of the service. */
export const tokenName = valid(TOKEN_NAME)
/** Parses a language tag. */
export const language = valid(text('language', 35))
/** Parses the id of a person. */
export const personId = valid(text('local-id', 64))
/** Parses the type of a section. */
export const section = valid(code('section-type'))

/** Parses `all`, or an item id, of which the first 4 characters suffice. */
export function itemId(value: string): string {
  if (value === 'all' || /^[0-9a-f]{4,64}$/i.test(value)) return value
  throw new InvalidArgumentError('Write at least the first 4 characters of its id.')
}

/** Parses the display name of an organisation. */
export function organisationName(value: string): string {
  try {
    return nameForm(value)
  } catch (error) {
    throw new InvalidArgumentError(RexError.from(error).message)
  }
}

/** Parses an organisation, and converts it to lower case. */
export function organisation(value: string): string {
  try {
    return readEntityId(value)
  } catch (error) {
    throw new InvalidArgumentError(RexError.from(error).hint)
  }
}

/** Parses the name of a message key. */
export const keyName = valid(
  shape.matching(/^[A-Za-z0-9_-]{43}$/, 'the name of a message key: 43 characters'),
)

/**
 * Parses a time in the past as Unix milliseconds. A date means the beginning of that day, and `3h` means three hours
 * ago.
 */
export function pastTime(value: string): number {
  const { ms, span } = time(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value} 00:00` : value)
  return span === undefined ? ms : 2 * Date.now() - ms
}

/** A time as people type it. */
export interface TypedTime {
  /** The time in Unix milliseconds. */
  readonly ms: number
  /** The text as typed, if it is relative to now, such as `14d`: typed again later, it stands for a later time. Absent for a date. */
  readonly span?: string
}

/** Parses a time as people type it. */
export function time(value: string): TypedTime {
  const ms = parseTime(value, Date.now())
  if (ms === undefined || check(shape.time, ms, '', 'refuse').length > 0)
    throw new InvalidArgumentError('Write it like 2026-03-04, "2026-03-04 14:05", 3h or 2d.')
  return /^\d{4}-/.test(value) ? { ms } : { ms, span: value }
}

/** Makes a parser for a whole number from `minimum` to a million. */
export const count =
  (minimum: number) =>
  (value: string): number => {
    if (!/^\d{1,7}$/.test(value) || Number(value) < minimum || Number(value) > MAX_POSITION)
      throw new InvalidArgumentError(`Write a whole number from ${minimum} to ${MAX_POSITION}.`)
    return Number(value)
  }

/** Parses `ORGANISATION` or `ORGANISATION:section,section`; repeatable. */
export const recipients: Collected<To> = (value, before = []) => {
  const [, named, sections] = /^(https:\/\/[^:,\s]+)(?::([a-z][a-z0-9,-]*))?$/i.exec(value) ?? []
  if (named === undefined)
    throw new InvalidArgumentError('Write it like https://ngo.example or https://ngo.example:case,people.')
  return [
    ...before,
    { organisation: organisation(named), ...(sections !== undefined && { sections: sections.split(',') }) },
  ]
}

/** Parses `ID=CODE`, the outcome of an item or person; repeatable. */
export const outcomes: Collected<ItemOutcomeInput> = (value, before = []) => {
  const { id, code } = idAndCode(value)
  return [...before, { item: id, code }]
}

/** Parses `ID=CODE`: an item or person that is not accepted, and the reason; repeatable. */
export const exceptions: Collected<{ id: string; code: string }> = (value, before = []) => [
  ...before,
  idAndCode(value),
]

/** Makes the parser of a repeatable value. */
export const several =
  (one: (value: string) => string): Collected<string> =>
  (value, before = []) => [...before, one(value)]

function idAndCode(value: string): { id: string; code: string } {
  const [, id, code] = /^([^=\s]+)=([a-z0-9-]+)$/.exec(value) ?? []
  if (id === undefined || code === undefined) throw new InvalidArgumentError('Write it like p2=no-capacity.')
  return { id, code }
}

/** The six words of an organisation. */
export interface Words {
  readonly organisation: string
  readonly words: readonly string[]
}

/** Parses `ORGANISATION=six words`; repeatable. */
export const organisationWords: Collected<Words> = (value, before = []) => {
  const [, whose, list = ''] = /^(https:\/\/[^=\s]+)=([a-z]+(?:[ -]+[a-z]+){5})$/i.exec(value.trim()) ?? []
  if (whose === undefined)
    throw new InvalidArgumentError('Write it like "https://ngo.example=apple river stone cloud table lamp".')
  return [...before, { organisation: organisation(whose), words: list.toLowerCase().split(/[ -]+/) }]
}

/** An address to listen on. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Parses `HOST:PORT`, with an IPv6 address in brackets. */
export function address(value: string): Address {
  const [, six, host = six, port] = /^(?:\[([0-9a-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(value) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('Write it like 127.0.0.1:8440 or [::1]:8440.')
  return { host, port: Number(port) }
}
