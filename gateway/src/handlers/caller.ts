// Identifies callers, which the authorisation table has already admitted. docs/spec/delivery.md, "Connections"
import { RexError } from '@rex/sdk/core'
import type { CallContext, Peer } from '@rex/sdk/transport'

/** Returns the entity identifier of the calling organisation. @throws RexError UNAUTHENTICATED on listeners without client certificates */
export function callerOf(context: CallContext): string {
  return peerOf(context).organisation
}

/** Returns the key fingerprint of the calling desk. @throws RexError UNAUTHENTICATED on listeners without client certificates */
export function credentialOf(context: CallContext): string {
  return peerOf(context).certificate.keyFingerprint
}

/** Returns the caller. @throws RexError UNAUTHENTICATED on listeners without client certificates */
export function peerOf({ caller }: CallContext): Peer {
  if (caller === undefined) throw new RexError('UNAUTHENTICATED', 'This call needs a client certificate.')
  return caller
}

/** Returns the first request of a stream, which must be of the given kind. @throws RexError MALFORMED */
export async function opening<Content extends { $case: string }, Case extends Content['$case']>(
  requests: AsyncIterator<{ content: Content | undefined }>,
  kind: Case,
): Promise<Extract<Content, { $case: Case }>> {
  const first = await requests.next()
  const content = first.done === true ? undefined : first.value.content
  if (content?.$case !== kind) {
    throw new RexError('MALFORMED', `A stream must begin with ${kind}.`, { path: 'content' })
  }
  return content as Extract<Content, { $case: Case }>
}

/** Maximum envelopes or submissions of a caller that are processed in one turn of the event loop (REX-DLV-104). */
export const ITEMS_PER_TURN = 16

/** How to process a stream whose requests contain lists of items. */
interface Paced<Request, Item> {
  readonly itemsOf: (request: Request) => readonly Item[]
  /** Resolves when the next item may be processed. Returns undefined if it may be processed immediately. */
  readonly ready: () => Promise<void> | undefined
}

/** Yields the items of each list, in order, when they may be processed. */
export async function* paced<Request, Item>(
  requests: AsyncIterator<Request>,
  { itemsOf, ready }: Paced<Request, Item>,
): AsyncGenerator<Item> {
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    for (const item of itemsOf(next.value)) {
      const waiting = ready()
      if (waiting !== undefined) await waiting
      yield item
    }
  }
}
