// rex.mailbox.v1.DirectoryService: what the desk and its gateway tell each other about organisations. docs/spec/mailbox.md, "Directory"
import type { DirectoryServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { type EntityConfiguration, parseEntityConfiguration, RexError } from '@rex/sdk/core'
import type { Implementation } from '@rex/sdk/transport'
import type { Directory } from '../trust/directory.ts'
import type { GatewayKeys } from '../trust/keys.ts'
import type { Reach } from '../trust/reach.ts'

/** What the service stands on. */
export interface DirectoryServiceOptions {
  readonly directory: Directory
  readonly reach: Pick<Reach, 'newest' | 'put'>
  /** The organisation says something else of itself than before. */
  readonly published: () => void
  readonly keys: Pick<GatewayKeys, 'authority' | 'receiptPublicKey'>
  /** Addresses for other gateways, `host:port`. */
  readonly endpoints: () => readonly string[]
  readonly build: string
  /** An organisation was paired. */
  readonly paired: (organisation: string) => void
  /** A pairing has ended: what waits for the organisation ends. */
  readonly unpaired: (organisation: string) => Promise<void>
  /** The entity configuration that the gateway of a paired organisation serves now. @throws RexError */
  readonly fetchStatement: (organisation: string, signal: AbortSignal) => Promise<string>
}

/** The handlers. */
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
        caCertificate: keys.authority.certificate,
        receiptKey: keys.receiptPublicKey,
        build: options.build,
      }
    },
    async publish({ entityConfiguration }) {
      const before = directory.own()
      await directory.publish(entityConfiguration)
      if (gistOf(before) !== gistOf(directory.own())) options.published()
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

/** What of a statement matters to others at once; that its times move on does not. */
function gistOf(configuration: EntityConfiguration | undefined): string {
  if (configuration === undefined) return ''
  const { name, party } = configuration
  const { gateway, suites, needs, messageKeys, epochs } = party
  const kids = [...messageKeys, ...gateway.receiptKeys].map(({ jwk, revoked }) => [jwk, revoked])
  return JSON.stringify([
    name,
    gateway.endpoints,
    [...gateway.authority],
    suites,
    needs,
    kids,
    epochs.at(-1)?.epoch,
  ])
}
