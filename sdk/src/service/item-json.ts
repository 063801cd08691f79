// An item of the inbox in the format for programs: standard input of `receive --exec`, and output of `watch
// --json`. docs/guide/rex-desk.md, "Items as JSON"
import type { Erasure } from '../client/api/erasure.ts'
import type { Item } from '../client/api/items.ts'
import type { RawSection, Thread } from '../client/api/thread.ts'

/** The members of a thread besides its state. */
export type ThreadHead = Pick<Thread, 'id' | 'ref' | 'test' | 'role' | 'counterparts'> & {
  readonly erased?: Erasure | undefined
}

/** Returns the item as JSON. Field names are stable; undefined members are absent. */
export function itemJson(item: Item): object {
  const { kind, id, redelivered, thread } = item
  return { kind, id, redelivered, thread: threadJson(thread), ...contentJson(item) }
}

/** Formats a thread, on its own or as part of an item. */
export function threadJson({ id, ref, role, test, counterparts, erased }: ThreadHead): object {
  return {
    ...{ id, role, test, counterparts },
    ...(ref !== undefined && { ref }),
    ...(erased !== undefined && { erased }),
  }
}

/** Formats sections of unknown types, with their bytes as base64. */
export function rawSections(sections: readonly RawSection[]): { type: string; content: string }[] {
  return sections.map(({ type, content }) => ({ type, content: Buffer.from(content).toString('base64') }))
}

function strange({ unknownSections = [] }: { unknownSections?: readonly RawSection[] }): object {
  return unknownSections.length === 0 ? {} : { unknownSections: rawSections(unknownSections) }
}

function contentJson(item: Item): object {
  switch (item.kind) {
    case 'referral':
      return { safeContact: item.safeContact, referral: item.referral, ...strange(item) }
    case 'event':
      return { safeContact: item.safeContact, event: item.event, ...strange(item) }
    case 'failure':
      return {
        outcome: item.outcome,
        type: item.type,
        messageId: item.messageId,
        recipient: item.recipient,
        ...(item.reason !== undefined && { reason: item.reason }),
        hint: item.hint,
      }
    case 'erased':
      return { erased: item.erased }
    case 'alarm':
      if (item.alarm === 'overdue')
        return { alarm: item.alarm, counterpart: item.counterpart, step: item.step, message: item.message }
      return {
        alarm: item.alarm,
        type: item.type,
        messageId: item.messageId,
        recipient: item.recipient,
        message: item.message,
      }
  }
}
