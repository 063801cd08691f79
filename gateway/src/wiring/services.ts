// Creates the gRPC services that each listener of a gateway offers. docs/spec/delivery.md, "Connections"
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import {
  DirectoryServiceDefinition,
  EnrolmentServiceDefinition,
  MailboxServiceDefinition,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { RexError, roomFrom } from '@rex/sdk/core'
import { type Service, service } from '@rex/sdk/transport'
import type { GatewayProblem } from '../admin/problems.ts'
import { findProblems } from '../admin/status.ts'
import { createAttempts } from '../admission/attempts.ts'
import { createPace } from '../admission/pace.ts'
import { createRates } from '../admission/rate.ts'
import { adminService } from '../handlers/admin-service.ts'
import { deliveryService } from '../handlers/delivery-service.ts'
import { directoryService } from '../handlers/directory-service.ts'
import { enrolmentService, renewalService } from '../handlers/enrolment-service.ts'
import { entityService } from '../handlers/entity-service.ts'
import { mailboxService } from '../handlers/mailbox-service.ts'
import { createAccept } from '../relay/accept.ts'
import { createSubmit } from '../relay/submit.ts'
import { errorFields } from '../telemetry/log.ts'
import { changeAuthority } from './authority.ts'
import { BUILD } from './build.ts'
import type { Rooms } from './rooms.ts'

/** Creates the services for gateways of paired organisations and for enrolled desks. */
export function peerServices(rooms: Rooms): Service[] {
  const { directory, reach, delivery, enrolment } = rooms
  return [
    service(DeliveryServiceDefinition, acceptingService(rooms)),
    service(EntityServiceDefinition, entityService({ directory, reach, alive: delivery.alive })),
    service(MailboxServiceDefinition, submittingService(rooms)),
    service(DirectoryServiceDefinition, pairingService(rooms)),
    service(RenewalServiceDefinition, renewalService({ enrolment })),
  ]
}

/** Creates the service for desks that enrol. */
export function newcomerService(rooms: Rooms): Service {
  const { organisation } = rooms.config
  const attempts = createAttempts(rooms.clock)
  const endpoints = () => [...rooms.endpoints()]
  return service(
    EnrolmentServiceDefinition,
    enrolmentService({ ...rooms, organisation, attempts, endpoints }),
  )
}

/** Creates the service for the operator. */
export function operatorService(rooms: Rooms, renewed: () => void): Service {
  const { mailbox, keys, bound } = rooms
  const view = adminService({
    ...rooms,
    build: BUILD,
    addresses: () => bound,
    deskSeenMs: mailbox.seenMs,
    certificateExpiresMs: keys.expiresMs,
    problems: () => problemsOf(rooms),
    rotate: {
      async receipt() {
        checkReceiptRoom(rooms)
        const key = await keys.receipts.rotate()
        await rooms.news(rooms.config.organisation)
        return key
      },
      async certificate() {
        const key = await keys.rotateCertificate()
        renewed()
        return key
      },
      authority: (anyway, signal) => changeAuthority(rooms, { anyway, signal, renewed }),
    },
  })
  return service(AdminServiceDefinition, view)
}

/**
 * Checks that the statement may list another receipt key. With too many, the desk could not publish it (REX-ID-083).
 * @throws RexError QUOTA_EXCEEDED, with the time from which another key is possible
 */
function checkReceiptRoom({ directory, clock }: Pick<Rooms, 'directory' | 'clock'>): void {
  const now = clock.now()
  const fromMs = roomFrom(directory.own()?.party.gateway.receiptKeys ?? [], now)
  if (fromMs <= now) return
  const from = new Date(fromMs).toISOString().slice(0, 16).replace('T', ' ')
  throw new RexError(
    'QUOTA_EXCEEDED',
    `The receipt key was replaced too often in two weeks. It can be replaced again from ${from} UTC on.`,
    {
      metadata: { retry_after_ms: String(fromMs - now) },
      hint: 'If others may know it, revoke it as compromised at the desk: `rex-desk revoke --help`.',
    },
  )
}

/** Returns the gateway's problems, for `rex-gateway status` and `/healthz`. */
export function problemsOf(rooms: Rooms): Promise<GatewayProblem[]> {
  const { config, mailbox, delivery, urgency } = rooms
  return findProblems({
    ...rooms,
    dataDir: config.dataDir,
    deskSeenMs: mailbox.seenMs,
    peer: delivery.status,
    urgentOverBudget: urgency.recent,
  })
}

function acceptingService(rooms: Rooms): ReturnType<typeof deliveryService> {
  const { config, clock, log, store, time, keys, mailbox, delivery, hello, greeted, urgency, shares } = rooms
  const { organisation, limits } = config
  const accept = createAccept({
    organisation,
    store,
    clock,
    time,
    receiptSigner: keys.receipts.signer,
    rates: createRates(clock, limits),
    quota: limits,
    shares,
    wakeDesk: mailbox.wake,
  })
  return deliveryService({
    accept,
    pace: createPace(clock, limits),
    hello,
    alive: delivery.alive,
    greeted,
    urgentOverBudget: urgency.received,
    onRefusal: (peer: string, error: RexError) =>
      log.warn('envelope refused', { peer, ...errorFields(error) }),
  })
}

function submittingService(rooms: Rooms): ReturnType<typeof mailboxService> {
  const { config, clock, store, time, directory, mailbox, delivery, shares } = rooms
  const { organisation, limits } = config
  const submit = createSubmit({
    organisation,
    store,
    clock,
    time,
    directory,
    quota: limits,
    shares,
    wakePeers: delivery.wake,
    wakeDesk: mailbox.wake,
  })
  return mailboxService({ mailbox, submit })
}

function pairingService(rooms: Rooms): ReturnType<typeof directoryService> {
  const { directory, reach, keys, endpoints, dialler, delivery, log, news } = rooms
  const changeReceiptKey = async () => {
    const madeNext = await keys.receipts.published(directory.own()?.party.gateway.receiptKeys)
    if (madeNext) await news(directory.organisation)
  }
  return directoryService({
    directory,
    reach,
    keys,
    endpoints,
    build: BUILD,
    published: async () => {
      // The statement is published already, so only log this failure: a refusal would wrongly say that the statement was not published.
      await changeReceiptKey().catch((error: unknown) =>
        log.error('receipt key not changed', errorFields(RexError.from(error))),
      )
      dialler.announce()
      delivery.greet(directory.peers().map((peer) => peer.organisation))
    },
    fetchStatement: (peer, signal) => dialler.fetchStatement(peer, signal),
    paired: (peer) => delivery.greet([peer]),
    unpaired: delivery.unpaired,
  })
}
