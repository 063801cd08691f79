// Events of a thread as the application sees them: their types, each with its content. docs/guide/desk.md, "Threads"
import type { Code } from '../../core/referral/index.ts'
import type { CODES, EventContent } from '../../core/thread/event.ts'

/** Contents by event type. Members are those of the proto message, in camelCase; bytes are hex, and a member without a value is absent. */
export type EventContents = {
  readonly [Content in ThreadContent as Kebab<Content['$case']>]: Plain<Content['value'], Content['$case']>
}

/** Content of an event in a thread. Receipts belong to no thread. */
type ThreadContent = Exclude<EventContent, { readonly $case: 'receipts' }>

/** Type of an event, kebab-case: `accept`, `request-info`, … */
export type EventName = keyof EventContents

/** An event as the application sees it. Its `type` determines the type of its `content`. */
export type ThreadEvent = { readonly [Type in EventName]: EventOf<Type> }[EventName]

/** An event of one type. */
export interface EventOf<Type extends EventName> {
  /** Manifest digest, hex. */
  readonly digest: string
  readonly messageId: string
  /** Type of the event, kebab-case: `accept`, `request-info`, … */
  readonly type: Type
  readonly by: string
  readonly mine: boolean
  readonly createdMs: number
  readonly content: EventContents[Type]
  /** Whether the event is on record without effect, because a concurrent event took precedence. */
  readonly crossed: boolean
}

/** A value of a proto message as plain data. `Path`: path of the value. For a code, the path determines the code list. */
type Plain<Value, Path extends string> = Value extends Uint8Array
  ? string
  : Value extends readonly (infer Entry)[]
    ? readonly Plain<Entry, Path>[]
    : Value extends object
      ? Shown<Coded<Value, Path> & Uncoded<Value, Path>>
      : Value

/** The members with codes. They are required, because a checked event has all of them (REX-THR-004). */
type Coded<Message, Path extends string> = {
  readonly [Name in keyof Message as IsCode<Path, Name> extends true ? Name : never]: Code<ListAt<Path, Name>>
}

type Uncoded<Message, Path extends string> = {
  readonly [Name in keyof Message as IsCode<Path, Name> extends true ? never : Name]?: Plain<
    Message[Name],
    `${Path}.${Name & string}`
  >
}

/** The type `Members`, flattened so that an editor shows all members. */
type Shown<Members> = { [Name in keyof Members]: Members[Name] }

type IsCode<Path extends string, Name> = [ListAt<Path, Name>] extends [never] ? false : true

/** Name of the code list for a path. */
type ListAt<Path extends string, Name> = `${Path}.${Name & string}` extends infer At
  ? At extends keyof typeof CODES
    ? (typeof CODES)[At]['list']
    : At extends `${string}.itemOutcomes.code`
      ? 'item-outcome'
      : At extends `${string}.except.code`
        ? 'decline'
        : never
  : never

type Kebab<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${Kebab<Rest>}`
  : Name
