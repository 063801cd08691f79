// The directory of a gateway in memory: its own statement, and its peers. docs/spec/mailbox.md, "Directory"
import type { DirectoryServiceClient } from '@rex/proto/mailbox/v1/mailbox_service'
import { RexError } from '../../core/error.ts'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import { TEST_CERTIFICATE } from '../parties/certificate.ts'
import { unreachable, type Wire } from './wire.ts'

/** The directory of a gateway, with the service that the gateway's desk calls. */
export interface TestDirectory {
  readonly service: DirectoryServiceClient
  /** Returns the entity configuration (JWT) of the gateway's own organisation. @throws RexError UNAVAILABLE before it is published */
  own(): string
  /** Checks that an organisation is paired. @throws RexError UNKNOWN_ORGANISATION */
  checkPaired(organisation: string): void
}

/** Dependencies of a directory. */
export interface DirectoryOptions {
  readonly organisation: string
  /** Ed25519 public key: 32 bytes. */
  readonly receiptKey: Uint8Array
  readonly wire: Wire
}

/** Opens a directory without peers. */
export function openDirectory({ organisation, receiptKey, wire }: DirectoryOptions): TestDirectory {
  const paired = new Map<string, string>()
  let own: string | undefined

  function checkPaired(id: string): void {
    if (paired.has(id)) return
    throw new RexError('UNKNOWN_ORGANISATION', 'This gateway is not paired with the organisation.', {
      metadata: { organisation: id },
    })
  }

  return {
    own() {
      if (own === undefined) throw unreachable()
      return own
    },
    checkPaired,
    service: {
      getGateway: async () => ({
        organisation,
        endpoints: [`${new URL(organisation).host}:443`],
        caCertificate: TEST_CERTIFICATE,
        nextCaCertificate: new Uint8Array(),
        receiptKey,
        build: 'in memory',
      }),
      async publish({ entityConfiguration }) {
        own = entityConfiguration
        return {}
      },
      async resolve({ organisation: id, refresh }) {
        if (id === organisation && own !== undefined) return { entityConfiguration: own }
        checkPaired(id)
        return { entityConfiguration: refresh ? wire.gatewayOf(id).statement() : (paired.get(id) ?? '') }
      },
      async putPeer({ entityConfiguration }) {
        paired.set(parseEntityConfiguration(entityConfiguration).organisation, entityConfiguration)
        return {}
      },
      async deletePeer({ organisation: id }) {
        paired.delete(id)
        return {}
      },
    },
  }
}
