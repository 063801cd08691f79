// The desk's side of the mailbox protocol, and its connection to the own gateway. docs/spec/mailbox.md
import {
  type DirectoryServiceClient,
  DirectoryServiceDefinition,
  type MailboxServiceClient,
  MailboxServiceDefinition,
  type RenewalServiceClient,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { openChannel } from '../../transport/calling/channel.ts'
import { createClient } from '../../transport/calling/client.ts'
import type { Keys } from '../keys/keystore.ts'

/** Gateway calls that a desk needs. Also implemented by a gateway in memory. */
export interface MailboxLink {
  readonly mailbox: MailboxServiceClient
  readonly directory: DirectoryServiceClient
  readonly renewal: RenewalServiceClient
  /** Uses this certificate for new calls. Running calls are not disturbed: a stream ends with its deadline, within a day. */
  present(tls: Keys['tls']): void
  close(): void
}

/** A link over gRPC with the desk's certificate. Connects on first use and reconnects by itself. */
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
