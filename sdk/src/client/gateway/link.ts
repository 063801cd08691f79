// Connects the desk to its gateway, over the mailbox protocol. docs/spec/mailbox.md
import {
  type DirectoryServiceClient,
  DirectoryServiceDefinition,
  type MailboxServiceClient,
  MailboxServiceDefinition,
  type RenewalServiceClient,
  RenewalServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { RexError } from '../../core/error.ts'
import { type OpenChannel, openChannel, whenUnreachable } from '../../transport/calling/channel.ts'
import { createClient } from '../../transport/calling/client.ts'
import { askRefusal } from '../../transport/calling/refused.ts'
import { isEndedCertificate, isWrongCertificate } from '../../transport/messages/status.ts'
import type { Keys } from '../keys/keystore.ts'

/** The gateway calls that a desk needs. A gateway in memory implements them too. */
export interface MailboxLink {
  readonly mailbox: MailboxServiceClient
  readonly directory: DirectoryServiceClient
  readonly renewal: RenewalServiceClient
  /** The current address, `host:port`. */
  readonly address: string
  /**
   * Uses this certificate for new calls. Running calls keep the earlier certificate; a stream ends at its deadline,
   * within a day.
   */
  present(tls: Keys['tls']): void
  /** Sets the addresses to try, in this order. Keeps the current address if it is in the list. */
  dial(addresses: readonly string[]): void
  /**
   * Returns the gateway's reason for refusing this desk's connections, or undefined if the gateway accepts them or cannot be
   * reached.
   */
  refusal(): Promise<RexError | undefined>
  close(): void
}

/** The address and identity for a link to the desk's gateway. */
interface OpenLink extends Pick<Keys, 'gateways' | 'organisation' | 'tls'> {
  /** Returns the current time, in Unix milliseconds. Default: the system clock. */
  readonly now?: () => number
}

/** The gateway calls that share one channel to an address. */
interface Connection extends Pick<MailboxLink, 'mailbox' | 'directory' | 'renewal' | 'address' | 'close'> {}

/**
 * Opens a link over gRPC with the desk's certificate. Connects on first use and reconnects automatically. If an address
 * cannot be reached, tries the next one.
 */
export function openLink({ gateways, organisation, tls, now = Date.now }: OpenLink): MailboxLink {
  let addresses = gateways
  let identity = tls
  const channelTo = (address: string): OpenChannel => {
    const { authority, nextAuthority } = identity
    return { address, organisation, authority, nextAuthority, identity, now }
  }
  const after = (address: string) => addresses[(addresses.indexOf(address) + 1) % addresses.length] as string
  const connect = (address: string): Connection => {
    const channel = openChannel(channelTo(address))
    const connection = {
      address,
      mailbox: createClient(MailboxServiceDefinition, channel),
      directory: createClient(DirectoryServiceDefinition, channel),
      renewal: createClient(RenewalServiceDefinition, channel),
      close: () => channel.close(),
    }
    whenUnreachable(channel, () => {
      if (connection === current && addresses.length > 1) use(after(address))
    })
    return connection
  }
  const use = (address: string): void => {
    const before = current
    current = connect(address)
    before.close()
  }
  let current = connect(addresses[0] as string)
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
    get address() {
      return current.address
    },
    present(renewed) {
      identity = renewed
      use(current.address)
    },
    dial(known) {
      addresses = known
      if (!known.includes(current.address)) use(known[0] as string)
    },
    refusal: () => askRefusal(channelTo(current.address)),
    close: () => current.close(),
  }
}

/** Returns the gateway's reason for refusing this desk. If the gateway states no reason, returns the failure of the call. */
export async function explained(thrown: unknown, link: Pick<MailboxLink, 'refusal'>): Promise<RexError> {
  const failure = RexError.from(thrown)
  if (failure.reason !== 'UNAVAILABLE' || isWrongCertificate(failure) || isEndedCertificate(failure))
    return failure
  return (await link.refusal()) ?? failure
}
