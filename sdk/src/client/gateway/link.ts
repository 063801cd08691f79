// The desk's side of the mailbox conversation, and how it reaches its own gateway. docs/spec/mailbox.md
import {
  type DirectoryServiceClient,
  DirectoryServiceDefinition,
  type MailboxServiceClient,
  MailboxServiceDefinition,
  type RenewalServiceClient,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { openChannel } from '../../transport/channel.ts'
import { createClient } from '../../transport/client.ts'
import type { Keys } from '../keys/keystore.ts'

/** What a desk needs of its gateway. A gateway in memory can stand here too. */
export interface MailboxLink {
  readonly mailbox: MailboxServiceClient
  readonly directory: DirectoryServiceClient
  readonly renewal: RenewalServiceClient
  /** New calls come with this certificate. Calls that run are not disturbed: a stream ends with its deadline, within a day. */
  present(tls: Keys['tls']): void
  close(): void
}

/** A link over gRPC with the desk's certificate. It connects when it is used and reconnects by itself. */
export function openLink({
  gateway,
  organisation,
  tls,
  now = Date.now,
}: Pick<Keys, 'gateway' | 'organisation' | 'tls'> & { readonly now?: () => number }): MailboxLink {
  const connect = (identity: Keys['tls']) => {
    const { authority } = identity
    const channel = openChannel({ address: gateway, organisation, authority, identity, now })
    return {
      mailbox: createClient(MailboxServiceDefinition, channel),
      directory: createClient(DirectoryServiceDefinition, channel),
      renewal: createClient(RenewalServiceDefinition, channel),
      close: () => channel.close(),
    }
  }
  let current = connect(tls)
  return {
    get mailbox() {
      return current.mailbox
    },
    get directory() {
      return current.directory
    },
    get renewal() {
      return current.renewal
    },
    present(identity) {
      const before = current
      current = connect(identity)
      before.close()
    },
    close: () => current.close(),
  }
}
