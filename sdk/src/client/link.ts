// The desk's side of the mailbox conversation, and how it reaches its own gateway. docs/spec/mailbox.md
import {
  type DirectoryServiceClient,
  DirectoryServiceDefinition,
  type MailboxServiceClient,
  MailboxServiceDefinition,
  type RenewalServiceClient,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { openChannel } from '../transport/channel.ts'
import { createClient } from '../transport/client.ts'
import type { Keys } from './keystore.ts'

/** What a desk needs of its gateway. A gateway in memory can stand here too. */
export interface MailboxLink {
  readonly mailbox: MailboxServiceClient
  readonly directory: DirectoryServiceClient
  readonly renewal: RenewalServiceClient
  close(): void
}

/** A link over gRPC with the desk's certificate. It connects when it is used and reconnects by itself. */
export function openLink({
  gateway,
  organisation,
  tls,
}: Pick<Keys, 'gateway' | 'organisation' | 'tls'>): MailboxLink {
  const channel = openChannel({ address: gateway, organisation, authority: tls.authority, identity: tls })
  return {
    mailbox: createClient(MailboxServiceDefinition, channel),
    directory: createClient(DirectoryServiceDefinition, channel),
    renewal: createClient(RenewalServiceDefinition, channel),
    close: () => channel.close(),
  }
}
