// Authorises callers by a table of who may call which service. Other services are not served (T-067). docs/spec/delivery.md, "Connections"
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import {
  DirectoryServiceDefinition,
  MailboxServiceDefinition,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { type CertificateUsage, RexError } from '@rex/sdk/core'
import type { CallContext, Peer, Service } from '@rex/sdk/transport'

/** Permitted callers of each service on the listener for peers and desks. */
const CALLERS: Readonly<Record<string, CertificateUsage>> = {
  [DeliveryServiceDefinition.fullName]: 'gateway',
  [EntityServiceDefinition.fullName]: 'gateway',
  [MailboxServiceDefinition.fullName]: 'desk',
  [DirectoryServiceDefinition.fullName]: 'desk',
  [RenewalServiceDefinition.fullName]: 'desk',
}

/** Opens the service to its permitted callers only. `called` receives each caller. @throws RexError INTERNAL for a service missing from the table */
export function authorised({ definition, handlers }: Service, called: (peer: Peer) => void): Service {
  const usage = CALLERS[definition.fullName]
  if (usage === undefined) throw new RexError('INTERNAL', `Nobody may call ${definition.fullName}.`)
  const guarded = Object.entries(handlers).map(([name, handler]) => [
    name,
    (request: unknown, context: CallContext) => {
      called(check(context, usage))
      return handler(request, context)
    },
  ])
  return { definition, handlers: Object.fromEntries(guarded) }
}

function check({ caller }: CallContext, usage: CertificateUsage): Peer {
  if (caller === undefined) throw new RexError('UNAUTHENTICATED', 'This call needs a client certificate.')
  if (caller.usage === usage) return caller
  throw new RexError('PERMISSION_DENIED', `Only a ${usage} may make this call.`)
}
