// Tests that the compiler checks programs: the type of an event determines its content, and only codes of the lists are allowed.
// docs/guide/desk.md, "Threads"
import type { EventType } from '@rex/proto/core/v1/thread'
import { expect, expectTypeOf, test } from 'vitest'
import type { Code } from '../../core/referral/index.ts'
import type { EventContents, EventItem, EventName, Item, ThreadEvent, VerbInputs } from '../index.ts'

type Kebab<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}-${Kebab<Rest>}`
  : Name

test('every thread event of the schema has a content type', () => {
  type Named = Kebab<Lowercase<Exclude<keyof typeof EventType, 'UNSPECIFIED' | 'RECEIPT'>>>
  expectTypeOf<EventName>().toEqualTypeOf<Named>()
})

test('the type of an event determines its content', () => {
  const shown = (event: ThreadEvent) => {
    switch (event.type) {
      case 'decline':
        expectTypeOf(event.content.code).toEqualTypeOf<Code<'decline'>>()
        expectTypeOf(event.content.alternative).toEqualTypeOf<string | undefined>()
        return event.content.retryAfterMs ?? event.content.code
      case 'provide-info':
        return event.content.answers?.map(({ id, text }) => `${id}: ${text}`).join()
      case 'recall':
        return event.content.messages?.join()
      case 'progress':
        expectTypeOf(event.content.itemOutcomes?.[0]?.code).toEqualTypeOf<Code<'item-outcome'> | undefined>()
        return event.content.timeMs
      case 'accept':
        // @ts-expect-error: an accept has no code
        return event.content.code
      // @ts-expect-error: there is no event of this name
      case 'acept':
        return undefined
      default:
        return event.digest
    }
  }
  const head = { digest: '', messageId: '', by: '', mine: true, createdMs: 0, crossed: false }
  const event: ThreadEvent = { ...head, type: 'recall', content: { code: 'duplicate', messages: ['00'] } }
  expect(shown(event)).toBe('00')
})

test('the kind of an item determines its members', () => {
  const shown = (item: Item) => {
    if (item.kind === 'alarm' && item.alarm === 'overdue') return item.step.what
    // @ts-expect-error: only an event item has `event`
    if (item.kind === 'referral') return item.event
    return item.kind === 'event' ? item.event.type : item.id
  }
  expect(shown({ kind: 'alarm', alarm: 'overdue', step: { what: 'decide' } } as Item)).toBe('decide')
  expectTypeOf<EventItem<'note'>['event']['content']>().toEqualTypeOf<EventContents['note']>()
})

test('verbs accept only codes of their lists', () => {
  expectTypeOf<VerbInputs['decline']['code']>().toEqualTypeOf<Code<'decline'>>()
  expectTypeOf<VerbInputs['complete']['outcome']>().toEqualTypeOf<Code<'outcome'>>()
})
