// Queues sealed messages for submission, inside a commit. docs/spec/mailbox.md, "Submission"
import { Routing } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { EventType } from '@rex/proto/core/v1/thread'
import { Submission } from '@rex/proto/mailbox/v1/mailbox'
import { encode, encoded, toHex } from '../../core/encoding/encoding.ts'
import { sealedDigest } from '../../core/envelope/digest.ts'
import type { SealedMessage } from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import type { DeskReads, DeskWrites, OutgoingRecord } from '../store/store.ts'

/** Number of submissions to read at a time. */
const PAGE = 32

/** Queues a sealed message until the gateway confirms it. Never stores the content keys of the message (REX-ENV-061). */
export function enqueue(write: DeskWrites, sealed: SealedMessage): void {
  const { threadId, type } = sealed.manifest
  write.addOutgoing(encoded(Submission, submissionOf(sealed)), toHex(threadId))
  if (type === EventType.RECEIPT) return
  for (const { envelopeId, digest, organisation } of sealed.deliveries)
    write.addEnvelope({
      id: toHex(envelopeId),
      digest: toHex(digest),
      message: toHex(sealed.digest),
      recipient: organisation,
      closed: '',
    })
}

/** Returns the evidence of this desk's message in the form that the desk archives before it sends the message. */
export function evidenceOf(sealed: SealedMessage): EvidenceMessage {
  return {
    manifest: sealed.signed,
    sections: [...sealed.sections],
    deliveries: sealed.deliveries.map(({ context, grant, commitmentSalt, organisation, lane, granted }) => ({
      context,
      grant: sealedDigest(grant),
      commitment: { salt: commitmentSalt, recipient: organisation, lane, sections: [...granted] },
      stored: undefined,
      receipts: [],
    })),
  }
}

/** Makes the submission of a sealed message. */
export function submissionOf({
  sealedManifest,
  sealedSections,
  deliveries,
}: Pick<SealedMessage, 'sealedManifest' | 'sealedSections' | 'deliveries'>): Submission {
  const indexes = [...sealedSections.keys()].sort((a, b) => a - b)
  return {
    sequence: 0,
    manifest: sealedManifest.jwe,
    sections: indexes.map((index) => sealedSections.get(index)?.jwe as never),
    deliveries: deliveries.map(({ routing, grant, granted }) => ({
      routing,
      grant,
      sections: granted.map((index) => indexes.indexOf(index)),
    })),
  }
}

/** Returns the ids of a submission's envelopes, in hex. */
export function envelopeIdsOf({ deliveries }: Pick<Submission, 'deliveries'>): string[] {
  return deliveries.map(({ routing }) => toHex(Routing.decode(routing).envelopeId))
}

/** A queued submission. */
export interface Queued {
  /** The id in the desk store. */
  readonly id: number
  readonly submission: Submission
  /** Whether the submission must wait until an erasure is complete (REX-THR-070). */
  readonly withheld: boolean
}

/** Returns whether a submission is still queued: neither confirmed by the gateway nor withdrawn. */
export function isQueued(read: DeskReads, id: number): boolean {
  return read.isOutgoing(id)
}

/** Returns a queued submission, or undefined if the gateway has confirmed it or it was withdrawn. */
export function queuedAt(read: DeskReads, id: number): Queued | undefined {
  const [record] = read.outgoing(id - 1, 1)
  return record?.id === id ? decoded(record) : undefined
}

/** Reads all queued submissions, oldest first. */
export function* queued(read: DeskReads): Generator<Queued> {
  for (
    let page = queuedAfter(read, 0, PAGE);
    page.length > 0;
    page = queuedAfter(read, page.at(-1)?.id ?? 0, PAGE)
  )
    yield* page
}

/** Returns the queued submissions whose ids are higher than `id`, oldest first. */
export function queuedAfter(read: DeskReads, id: number, limit: number): Queued[] {
  return read.outgoing(id, limit).map(decoded)
}

function decoded({ submission, ...record }: OutgoingRecord): Queued {
  return { ...record, submission: Submission.decode(submission) }
}

/** Splits a submission into the ids (hex) of its envelopes to a recipient, and the submission without these envelopes. */
export function splitBy(
  { deliveries, ...message }: Submission,
  recipient: string,
): { readonly theirs: readonly string[]; readonly rest: Submission } {
  const isTheirs = ({ routing }: Submission['deliveries'][number]) =>
    Routing.decode(routing).recipient === recipient
  const rest = { ...message, deliveries: deliveries.filter((delivery) => !isTheirs(delivery)) }
  return { theirs: envelopeIdsOf({ deliveries: deliveries.filter(isTheirs) }), rest }
}

/** Removes the envelopes to a recipient from a queued submission. Call it inside a commit. */
export function withdraw(
  write: DeskWrites,
  read: DeskReads,
  { id, recipient }: { readonly id: number; readonly recipient: string },
): void {
  const found = queuedAt(read, id)
  if (found === undefined) return
  const { rest } = splitBy(found.submission, recipient)
  if (rest.deliveries.length === 0) write.confirmOutgoing(id, [])
  else write.replaceOutgoing(id, encode(Submission, rest))
}

/** Makes the error that ends a submission to an unpaired organisation. */
export function notPaired(organisation: string): RexError {
  return new RexError('UNKNOWN_ORGANISATION', `${organisation} is no longer paired.`)
}
