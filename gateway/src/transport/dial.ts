// Links to other gateways: the dialling side of the Deliver stream. docs/spec/delivery.md, "Deliver stream"
import type { Hello } from '@rex/proto/federation/v1/delivery'
import { EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { type EntityConfiguration, RexError } from '@rex/sdk/core'
import { createClient, openChannel, type TlsIdentity, waitUntilConnected } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { Dial } from '../delivery/link.ts'
import type { Directory } from '../trust/directory.ts'
import { openLink } from './link.ts'

/** What dialling stands on. */
export interface DialOptions {
  readonly directory: Pick<Directory, 'peer'>
  readonly identity: () => TlsIdentity
  /** How this gateway introduces itself, now. */
  readonly hello: () => Hello
  readonly clock: Clock
  /** The other side has greeted. */
  readonly greeted: (organisation: string, greeting: Pick<Hello, 'incarnation' | 'timeMs'>) => Promise<void>
  /** The other side has more urgent mail of this organisation than its budget has left. */
  readonly urgentOverBudget: (organisation: string) => void
  /** HTTP proxy. Absent: none. */
  readonly proxy?: string | undefined
  /** How long connecting may take, and again greeting. Milliseconds. */
  readonly connectMs: number
}

type Channel = ReturnType<typeof openChannel>

/** Dials the gateways of paired organisations. */
export interface Dialler {
  readonly dial: Dial
  /** The entity configuration that the organisation's gateway serves now. @throws RexError */
  fetchStatement(organisation: string, signal: AbortSignal): Promise<string>
}

/** A dialler. */
export function createDialler(options: DialOptions): Dialler {
  const { directory, identity, clock, connectMs } = options

  function peerOf(organisation: string): EntityConfiguration {
    const peer = directory.peer(organisation)
    if (peer !== undefined) return peer
    throw new RexError('UNKNOWN_ORGANISATION', 'The organisation is not paired.', {
      metadata: { organisation },
    })
  }

  /** The first endpoint that answers, in the order of the statement. */
  async function connect(organisation: string): Promise<{ channel: Channel; endpoint: string }> {
    const { endpoints, authority } = peerOf(organisation).party.gateway
    let failure: unknown = new RexError('UNAVAILABLE', 'The organisation has published no address.')
    for (const endpoint of endpoints) {
      const channel = openChannel({
        address: endpoint,
        organisation,
        authority,
        identity: identity(),
        connectMs,
        now: clock.now,
        ...(options.proxy !== undefined && { proxy: options.proxy }),
      })
      try {
        await waitUntilConnected(channel, connectMs)
        return { channel, endpoint }
      } catch (error) {
        channel.close()
        failure = error
      }
    }
    throw failure
  }

  return {
    async dial(organisation, signal) {
      const { channel, endpoint } = await connect(organisation)
      const link = await openLink({
        channel,
        endpoint,
        hello: options.hello(),
        greetMs: connectMs,
        urgentOverBudget: () => options.urgentOverBudget(organisation),
        signal,
      })
      await options.greeted(organisation, link).catch((error: unknown) => {
        link.close()
        throw error
      })
      return link
    },
    async fetchStatement(organisation, signal) {
      const { channel } = await connect(organisation)
      try {
        const client = createClient(EntityServiceDefinition, channel)
        const answer = await client.getEntityConfiguration({ organisation }, { signal })
        return answer.entityConfiguration
      } finally {
        channel.close()
      }
    },
  }
}
