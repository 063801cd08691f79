// rex.admin.v1.AdminService: calls of the operator, over the local socket. docs/guide/gateway.md
import { type Desk, type Queued, RotatedKey, Severity } from '@rex/proto/admin/v1/admin'
import type { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { ErrorDetail } from '@rex/proto/core/v1/error'
import { RexError } from '@rex/sdk/core'
import type { Implementation } from '@rex/sdk/transport'
import type { GatewayProblem } from '../admin/problems.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Credentials } from '../enrolment/credentials.ts'
import type { Enrolment } from '../enrolment/enrolment.ts'
import type { DeskCredential } from '../store/desks.ts'
import type { Waiting } from '../store/outbox.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from '../trust/directory.ts'

const PAGE = { byDefault: 100, most: 1000 }
const SEVERITIES = { warning: Severity.WARNING, critical: Severity.CRITICAL } as const

/** Dependencies of the service. */
interface AdminServiceOptions {
  readonly build: string
  readonly startedMs: number
  readonly addresses: () => { readonly listen: string; readonly enrolListen: string }
  readonly store: Pick<Store, 'read' | 'checked'>
  readonly directory: Pick<Directory, 'organisation' | 'peer' | 'peers' | 'reset'>
  readonly delivery: Pick<Delivery, 'status' | 'retry'>
  readonly enrolment: Pick<Enrolment, 'createToken'>
  readonly credentials: Pick<Credentials, 'list' | 'revoke'>
  readonly deskSeenMs: () => number
  readonly certificateExpiresMs: () => number
  readonly problems: () => Promise<GatewayProblem[]>
  /** Functions that replace a key. Each returns the name of the new key. */
  readonly rotate: Readonly<Record<'receipt' | 'certificate', () => Promise<string>>> & {
    readonly authority: (
      anyway: boolean,
      signal: AbortSignal,
    ) => Promise<{ readonly key: string; readonly done: boolean; readonly waiting: string[] }>
  }
}

export function adminService(options: AdminServiceOptions): Implementation<typeof AdminServiceDefinition> {
  const { store, directory, delivery } = options
  return {
    async getStatus() {
      const problems = await options.problems()
      const { checked, of } = store.checked()
      return {
        build: options.build,
        startedMs: options.startedMs,
        organisation: directory.organisation,
        ...options.addresses(),
        problems: problems.map((problem) => ({ ...problem, severity: SEVERITIES[problem.severity] })),
        outbox: store.read.outbox.total().items,
        mailbox: store.read.mailbox.total().items,
        deskSeenMs: options.deskSeenMs(),
        certificateExpiresMs: options.certificateExpiresMs(),
        storePages: of,
        storePagesChecked: checked,
      }
    },
    async listPeers() {
      return {
        peers: directory.peers().map(({ organisation }) => toPeer(directory, delivery.status(organisation))),
      }
    },
    async listQueue({ pageSize }) {
      const limit = Math.min(pageSize || PAGE.byDefault, PAGE.most)
      return { queued: store.read.outbox.list(limit).map(toQueued), total: store.read.outbox.total().items }
    },
    async retry({ organisation }) {
      if (organisation !== '' && directory.peer(organisation) === undefined)
        throw new RexError(
          'NOT_FOUND',
          'No organisation with this identifier is paired; `rex-gateway peers` lists the paired ones.',
        )
      await delivery.retry(organisation)
      return {}
    },
    createToken: ({ name }) => options.enrolment.createToken(name),
    async listDesks() {
      return { desks: options.credentials.list().map((desk) => toDesk(store, desk)) }
    },
    async revokeDesk({ credential }) {
      return { desk: toDesk(store, await options.credentials.revoke(credential)) }
    },
    async rotate({ key, anyway }, { signal }) {
      if (key === RotatedKey.AUTHORITY) return options.rotate.authority(anyway, signal)
      if (key === RotatedKey.RECEIPT) return { ...AT_ONCE, key: await options.rotate.receipt() }
      if (key === RotatedKey.CERTIFICATE) return { ...AT_ONCE, key: await options.rotate.certificate() }
      throw new RexError('MALFORMED', 'A rotation names the key to replace.', { path: 'key' })
    },
    async reset() {
      // Revoke first, because a running desk would publish the old identity again.
      const open = options.credentials.list().filter(({ revokedMs }) => revokedMs === 0)
      for (const { credential } of open) await options.credentials.revoke(credential)
      await directory.reset()
      return { revoked: open.length, peers: directory.peers().map(({ organisation }) => organisation) }
    },
  }
}

/** Result for a key that is replaced immediately, because other organisations need not be informed beforehand. */
const AT_ONCE = { done: true, waiting: [] }

function toDesk(store: Pick<Store, 'read'>, desk: DeskCredential): Desk {
  return { ...desk, holdsMailbox: store.read.lease.get()?.credential === desk.credential }
}

function toPeer(directory: Pick<Directory, 'peer'>, status: ReturnType<Delivery['status']>) {
  const { organisation, connected, seenMs, queued, nextAttemptMs, lastError } = status
  const [first = ''] = directory.peer(organisation)?.party.gateway.endpoints ?? []
  const endpoint = status.endpoint || first
  return {
    organisation,
    endpoint,
    connected,
    seenMs,
    queued,
    nextAttemptMs,
    lastError: lastError?.message ?? '',
  }
}

function toQueued(envelope: Waiting): Queued {
  const { envelopeId, recipient, urgent, submittedMs, expiresMs, lastError } = envelope
  const reason = lastError === undefined ? '' : ErrorDetail.decode(lastError).message
  return { envelopeId, recipient, urgent, submittedMs, expiresMs, lastError: reason }
}
