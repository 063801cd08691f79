// Links to other gateways: the dialling side of the Deliver stream. docs/spec/delivery.md, "Deliver stream"
import type { Hello } from '@rex/proto/federation/v1/delivery'
import { EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { type EntityConfiguration, RexError } from '@rex/sdk/core'
import {
  createClient,
  createServerOverhead,
  openChannel,
  overheadExceeded,
  type TlsIdentity,
  waitUntilConnected,
} from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import type { Dial } from '../delivery/link.ts'
import type { Directory } from '../trust/directory.ts'
import type { Reach } from '../trust/reach.ts'
import { openLink } from './link.ts'

/** Dependencies of dialling. */
export interface DialOptions {
  readonly directory: Pick<Directory, 'peer'>
  readonly reach: Pick<Reach, 'endpoints' | 'newest' | 'own' | 'told'>
  readonly identity: () => TlsIdentity
  /** This gateway's current greeting. */
  readonly hello: () => Hello
  readonly clock: Clock
  /** Called when the other side has greeted. */
  readonly greeted: (organisation: string, greeting: Pick<Hello, 'incarnation' | 'timeMs'>) => Promise<void>
  /** Called when the other side has more urgent mail of this organisation than its remaining budget. */
  readonly urgentOverBudget: (organisation: string) => void
  /** HTTP proxy. Absent: connect directly. */
  readonly proxy?: string | undefined
  /** Timeout for connecting, and again for the greeting. Milliseconds. */
  readonly connectMs: number
}

type Channel = ReturnType<typeof openChannel>

/** Dials the gateways of paired organisations. */
export interface Dialler {
  readonly dial: Dial
  /** Announces this gateway's addresses and its organisation's statement on all open links. */
  announce(): void
  /** Fetches the entity configuration that the organisation's gateway serves now. @throws RexError */
  fetchStatement(organisation: string, signal: AbortSignal): Promise<string>
}

export function createDialler(options: DialOptions): Dialler {
  const { directory, reach, identity, clock, connectMs } = options
  const open = new Map<string, Channel>()
  const overhead = createServerOverhead()

  function peerOf(organisation: string): EntityConfiguration {
    const peer = directory.peer(organisation)
    if (peer !== undefined) return peer
    throw new RexError('UNKNOWN_ORGANISATION', 'The organisation is not paired.', {
      metadata: { organisation },
    })
  }

  /** Connects to the first endpoint that answers, most recently announced first (REX-DLV-170). */
  async function connect(
    organisation: string,
    onOverhead: (error: RexError) => void = () => {},
  ): Promise<{ channel: Channel; endpoint: string }> {
    const { authority } = peerOf(organisation).party.gateway
    if (!overhead.admits(organisation)) throw overheadExceeded()
    let failure: unknown = new RexError('UNAVAILABLE', 'The organisation has published no address.')
    for (const endpoint of reach.endpoints(organisation)) {
      const channel = openChannel({
        address: endpoint,
        organisation,
        authority,
        identity: identity(),
        connectMs,
        now: clock.now,
        overhead,
        onOverhead,
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

  /** A failed announcement is repeated on the next link. */
  async function announce(organisation: string, channel: Channel): Promise<void> {
    const announcement = reach.own()
    if (announcement === undefined) return
    const { endpoints, entityConfiguration } = announcement
    const client = createClient(EntityServiceDefinition, channel)
    await client
      .announce({ endpoints: [...endpoints], entityConfiguration })
      .then(() => reach.told(organisation, announcement))
      .catch(() => {})
  }

  return {
    announce() {
      for (const [organisation, channel] of open) void announce(organisation, channel)
    },
    async dial(organisation, signal) {
      const cutOff = new AbortController()
      const { channel, endpoint } = await connect(organisation, (error) => cutOff.abort(error))
      const link = await openLink({
        channel,
        endpoint,
        hello: options.hello(),
        greetMs: connectMs,
        urgentOverBudget: () => options.urgentOverBudget(organisation),
        signal: AbortSignal.any([signal, cutOff.signal]),
      })
      await options.greeted(organisation, link).catch((error: unknown) => {
        link.close()
        throw error
      })
      open.set(organisation, channel)
      void link.ended.then(() => {
        if (open.get(organisation) === channel) open.delete(organisation)
      })
      void announce(organisation, channel)
      return link
    },
    async fetchStatement(organisation, signal) {
      const connected = await connect(organisation).catch((error: unknown) => {
        const announced = reach.newest(organisation)
        if (announced === undefined) throw error
        return announced
      })
      if (typeof connected === 'string') return connected
      const { channel } = connected
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
