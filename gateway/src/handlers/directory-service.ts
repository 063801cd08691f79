// rex.mailbox.v1.DirectoryService: exchanges statements of organisations between the desk and its gateway. docs/spec/mailbox.md, "Directory"
import type { DirectoryServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { type EntityConfiguration, parseEntityConfiguration, RexError } from '@rex/sdk/core'
import type { Implementation } from '@rex/sdk/transport'
import type { Directory } from '../trust/directory.ts'
import type { GatewayKeys } from '../trust/keys.ts'
import type { Reach } from '../trust/reach.ts'

/** Dependencies of the service. */
interface DirectoryServiceOptions {
  readonly directory: Directory
  readonly reach: Pick<Reach, 'newest' | 'put'>
  /**
   * Called when the organisation's own statement has changed in substance. Resolves when the gateway signs
   * with the receipt key that the statement lists.
   */
  readonly published: () => Promise<void>
  readonly keys: Pick<GatewayKeys, 'authority' | 'nextAuthority' | 'receipts'>
  /** Addresses for other gateways, `host:port`. */
  readonly endpoints: () => readonly string[]
  readonly build: string
  /** Called when an organisation was paired. */
  readonly paired: (organisation: string) => void
  /** Called when a pairing has ended. Refuses the envelopes that wait for the organisation. */
  readonly unpaired: (organisation: string) => Promise<void>
  /** Fetches the entity configuration that a paired organisation's gateway serves now. @throws RexError */
  readonly fetchStatement: (organisation: string, signal: AbortSignal) => Promise<string>
}

export function directoryService(
  options: DirectoryServiceOptions,
): Implementation<typeof DirectoryServiceDefinition> {
  const { directory, reach, keys } = options

  function known(organisation: string): string {
    const found = organisation === directory.organisation ? directory.own() : directory.peer(organisation)
    if (found !== undefined) return reach.newest(organisation) ?? found.jwt
    throw new RexError('UNKNOWN_ORGANISATION', 'This gateway is not paired with the organisation.', {
      metadata: { organisation },
    })
  }

  return {
    async getGateway() {
      return {
        organisation: directory.organisation,
        endpoints: [...options.endpoints()],
        caCertificate: keys.authority().certificate,
        nextCaCertificate: keys.nextAuthority()?.certificate ?? new Uint8Array(),
        receiptKey: keys.receipts.named(),
        build: options.build,
      }
    },
    async publish({ entityConfiguration }) {
      const before = directory.own()
      await directory.publish(entityConfiguration)
      if (gistOf(before) !== gistOf(directory.own())) await options.published()
      return {}
    },
    async resolve({ organisation, refresh }, { signal }) {
      const atHand = known(organisation)
      if (!refresh || organisation === directory.organisation) return { entityConfiguration: atHand }
      return { entityConfiguration: await options.fetchStatement(organisation, signal) }
    },
    async putPeer({ entityConfiguration }) {
      const { organisation } = parseEntityConfiguration(entityConfiguration)
      const before = directory.peer(organisation)
      await directory.put(entityConfiguration)
      await reach.put(organisation, before)
      options.paired(organisation)
      return {}
    },
    async deletePeer({ organisation }) {
      await directory.remove(organisation)
      if (organisation !== directory.organisation) await options.unpaired(organisation)
      return {}
    },
  }
}

/** Returns the parts of a statement whose changes are announced to other organisations immediately: all but the times. */
function gistOf(configuration: EntityConfiguration | undefined): string {
  if (configuration === undefined) return ''
  const { name, entityKey, party } = configuration
  const { gateway, suites, needs, messageKeys, epochs } = party
  const kids = [...messageKeys, ...gateway.receiptKeys].map(({ jwk, revoked }) => [jwk, revoked])
  return JSON.stringify([
    name,
    entityKey,
    gateway.endpoints,
    [...gateway.authority],
    [...(gateway.nextAuthority ?? [])],
    suites,
    needs,
    kids,
    epochs.at(-1)?.epoch,
  ])
}
