// Answers with a stream of server-sent events. Disconnects a client that does not read; the client can connect again and
// continue after its last event. docs/guide/service.md, "What changed"
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RexError } from '../../core/error.ts'
import { createShares } from './room.ts'

/** Maximum number of streams. */
const STREAMS = 64
const TYPE = 'text/event-stream'

/** The recipient of a stream. */
export interface Streaming {
  readonly outgoing: ServerResponse
  /** How the caller reached the service, as in `Caller.door`. */
  readonly door: string
  readonly signal: AbortSignal
}

/** Answers with the frames until the signal aborts. @throws RexError OVERLOADED, and the errors of `frames` */
export type Stream = (to: Streaming, frames: () => Promise<AsyncIterable<string>>) => Promise<Response>

/** Whether the client asks for a stream. */
export const wantsStream = ({ headers }: IncomingMessage): boolean =>
  (headers.accept ?? '').split(',').some((type) => type.trim().startsWith(TYPE))

/**
 * Returns the cursor of the last event that the client has. When a client connects again, this cursor takes precedence
 * over the cursor in the address.
 */
export function lastEvent({ headers }: IncomingMessage): { after?: string } {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' ? { after: id } : {}
}

/** Creates the function that answers with streams, and limits their number. */
export function createStreams(): Stream {
  const take = createShares(STREAMS)
  return async ({ outgoing, door, signal }, frames) => {
    // A closed connection emits no further event, so nothing would free the place of this stream.
    if (outgoing.closed) throw new RexError('CANCELLED', 'The caller has gone.')
    const giveBack = take(door, 1)
    if (giveBack === undefined)
      throw new RexError('OVERLOADED', `This caller has ${STREAMS / 2} streams, or all have ${STREAMS}.`, {
        metadata: { retry_after_ms: '5000' },
        hint: 'Close some, or use one stream for several readers.',
      })
    outgoing.once('close', giveBack)
    const body = ReadableStream.from(encoded(await frames()))
    // Create each frame only when the previous one has been sent, so that nothing accumulates for a slow client.
    // Let the service end without waiting for a client that does not read.
    signal.addEventListener('abort', () => outgoing.writableNeedDrain && outgoing.destroy(), { once: true })
    return new Response(body as unknown as ReadableStream<Uint8Array<ArrayBuffer>>, {
      headers: { 'Content-Type': TYPE, 'Cache-Control': 'no-store', Connection: 'close' },
    })
  }
}

async function* encoded(frames: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const frame of frames) yield encoder.encode(frame)
}
