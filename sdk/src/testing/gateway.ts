// A gateway in memory: speaks with its desk as a real one does, and brings envelopes to the others. docs/spec/mailbox.md
import { Envelope, Lane, type Routing } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type {
  GetGatewayResponse,
  Stored,
  Submission,
  SubmitRequest,
  SubmitResponse,
} from '@rex/proto/mailbox/v1/mailbox'
import type { Clock } from '../client/clock.ts'
import type { MailboxLink } from '../client/link.ts'
import { encode, fromBase64url, toHex } from '../core/encoding.ts'
import { parseEnvelope, parseRouting } from '../core/envelope/parse.ts'
import { RexError } from '../core/error.ts'
import { parseEntityConfiguration } from '../core/identity/entity.ts'
import { localSigner } from '../core/jose.ts'
import { signStoredReceipt } from '../core/receipt/stored.ts'
import { toErrorDetail } from '../transport/status.ts'
import type { Activity } from './activity.ts'
import { TEST_CERTIFICATE } from './certificate.ts'
import { createDelivery } from './delivery.ts'
import { openMailbox } from './mailbox.ts'
import { organisationOf, testSeed } from './party.ts'
import type { Acceptor, Carry } from './wire.ts'

/** Long, so that days pass without a renewal at every half minute. */
const LEASE_MS = 24 * 60 * 60_000

/** What a gateway stands on. */
export interface GatewayOptions {
  readonly name: string
  readonly clock: Clock
  readonly activity: Activity
  readonly carry: Carry
  /** What the gateways of all organisations serve: entity configurations (JWT) by organisation. */
  readonly statements: Map<string, string>
}

/** The gateway of one organisation. */
export interface TestGateway extends Acceptor {
  /** For its desk. */
  readonly link: MailboxLink
}

/** A gateway with an empty mailbox, paired with nobody. */
export function openGateway({ name, clock, activity, carry, statements }: GatewayOptions): TestGateway {
  const organisation = organisationOf(name)
  const receiptSigner = localSigner(testSeed(name, 'receipt'))
  const mailbox = openMailbox(activity)
  const peers = new Set<string>()
  const ledger = new Map<string, Stored>()
  const deliver = createDelivery({
    clock,
    activity,
    carry,
    report: (value, urgent) => mailbox.put({ $case: 'report', value }, urgent),
  })
  const about: GetGatewayResponse = {
    organisation,
    endpoints: [`gateway.${name}.example:443`],
    caCertificate: TEST_CERTIFICATE,
    receiptKey: fromBase64url(receiptSigner.key.x, 'receipt_key'),
    build: 'in memory',
  }

  /** All deliveries are taken, or none (REX-MBX-022). */
  function take(submission: Submission): ErrorDetail | undefined {
    const envelopes = submission.deliveries.map(({ routing, grant, sections }) => {
      const chosen = sections.flatMap((place) => submission.sections[place] ?? [])
      return { routing, grant, manifest: submission.manifest, sections: chosen }
    })
    for (const { routing } of envelopes) {
      const { recipient } = parseRouting(routing)
      if (!peers.has(recipient)) return toErrorDetail(unknownOrganisation(recipient))
    }
    for (const envelope of envelopes) deliver(encode(Envelope, envelope))
    return undefined
  }

  async function* submit(requests: AsyncIterable<SubmitRequest>): AsyncGenerator<SubmitResponse> {
    for await (const { content } of requests) {
      if (content?.$case === 'submission')
        yield { sequence: content.value.sequence, error: take(content.value) }
    }
  }

  function statementOf(id: string): string {
    const statement = peers.has(id) || id === organisation ? statements.get(id) : undefined
    if (statement === undefined) throw unknownOrganisation(id)
    return statement
  }

  function give({ lane }: Routing, value: Stored): void {
    mailbox.put({ $case: 'stored', value }, lane === Lane.URGENT)
  }

  return {
    async accept(envelope) {
      const { routing, digest } = parseEnvelope(envelope)
      const { envelopeId, sender, recipient } = routing
      if (!peers.has(sender)) throw new RexError('UNAVAILABLE', 'The other side cannot be reached.')
      if (routing.expiresMs <= clock.now()) throw new RexError('EXPIRED', 'The envelope has expired.')
      const stored = { envelopeId, envelopeDigest: digest, sender, recipient, storedMs: clock.now() }
      const receipt = await signStoredReceipt(stored, receiptSigner)
      ledger.set(toHex(envelopeId), { envelope, receipt })
      give(routing, { envelope, receipt })
      return receipt
    },
    redeliver(envelope) {
      const { routing } = parseEnvelope(envelope)
      const stored = ledger.get(toHex(routing.envelopeId))
      if (stored !== undefined) give(routing, stored)
    },
    link: {
      mailbox: {
        acquireLease: async () => ({ fence: 1, ttlMs: LEASE_MS, timeMs: clock.now() }),
        submit: (requests) => submit(requests),
        receive: (requests, { signal } = {}) =>
          mailbox.feed(requests, signal ?? new AbortController().signal),
      },
      directory: {
        getGateway: async () => about,
        async publish({ entityConfiguration }) {
          statements.set(organisation, entityConfiguration)
          return {}
        },
        resolve: async ({ organisation: id }) => ({ entityConfiguration: statementOf(id) }),
        async putPeer({ entityConfiguration }) {
          peers.add(parseEntityConfiguration(entityConfiguration).organisation)
          return {}
        },
        async deletePeer({ organisation: id }) {
          peers.delete(id)
          return {}
        },
      },
      renewal: {
        async renew() {
          throw new RexError('UNAVAILABLE', 'A gateway in memory has no certificates.')
        },
      },
      present() {},
      close() {},
    },
  }
}

function unknownOrganisation(organisation: string): RexError {
  return new RexError('UNKNOWN_ORGANISATION', 'This gateway is not paired with the organisation.', {
    metadata: { organisation },
  })
}
