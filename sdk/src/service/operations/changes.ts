// The operations that report changes of the desk: as JSON, with or without waiting, and as server-sent events. docs/guide/service.md, "What changed"
import type { ChangesRead, DeskChange, ReadChangesOptions } from '../../client/api/changes.ts'
import { OPTIONS } from '../../client/api/options.ts'
import { RexError } from '../../core/error.ts'
import { problemOf } from '../problem.ts'
import * as A from './change-answers.ts'
import { type Call, type Operation, reads } from './operation.ts'

/** Maximum time for which a stream sends nothing. Milliseconds. */
const BEAT_MS = 15_000
/** How long a client waits before it connects again. Milliseconds. */
const RETRY_MS = 1000

type ReadQuery = Omit<ReadChangesOptions, 'signal'>
const { signal: _, ...READ } = OPTIONS.readChanges.fields

export const CHANGE_OPERATIONS = {
  readChanges: reads<ReadQuery>('/events', {
    summary:
      'What changed after the cursor `after`, in order. Waits up to `waitMs` (default 0) for a change. ' +
      'With `Accept: text/event-stream`, the answer is a stream of server-sent events, each with its cursor as id.',
    input: { ...OPTIONS.readChanges, name: 'ChangesQuery', fields: READ },
    answer: A.CHANGES_READ,
    run: read,
    stream,
  }),
  lastChange: reads('/events/last', {
    summary: 'The cursor of the last change.',
    answer: A.CURSOR,
    run: async ({ desk }) => ({ cursor: await desk.lastChange() }),
  }),
} as const satisfies Readonly<Record<string, Operation>>

/** Reads changes. If there are none, waits up to `waitMs`; if the service ends meanwhile, returns no changes. */
async function read({ desk, signal }: Call, { waitMs = 0, ...query }: ReadQuery): Promise<ChangesRead> {
  const now = await desk.readChanges(query)
  if (now.changes.length > 0 || waitMs === 0) return now
  return await desk.readChanges({ ...query, after: now.cursor, waitMs, signal }).catch((error: unknown) => {
    if (signal.aborted) return now
    throw error
  })
}

/** Returns the frames of a stream. Reads once before the answer begins, to find out whether the cursor is valid. */
async function stream({ desk, signal }: Call, { after }: ReadQuery): Promise<AsyncIterable<string>> {
  const first = await desk.readChanges(after === undefined ? {} : { after })
  return framesOf(first, (cursor) => desk.readChanges({ after: cursor, waitMs: BEAT_MS, signal }))
}

async function* framesOf(
  first: ChangesRead,
  next: (cursor: string) => Promise<ChangesRead>,
): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`
  try {
    for (let page = first; ; page = await next(page.cursor))
      yield page.changes.length === 0 ? ':\n\n' : page.changes.map(frameOf).join('')
  } catch (error) {
    if (!RexError.is(error, 'CANCELLED'))
      yield `event: problem\ndata: ${JSON.stringify(problemOf(error))}\n\n`
  }
}

function frameOf(change: DeskChange): string {
  return `id: ${change.cursor}\nevent: ${change.kind}\ndata: ${JSON.stringify(change)}\n\n`
}
