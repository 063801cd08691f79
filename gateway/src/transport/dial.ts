// Dials other gateways and opens Deliver streams to them. docs/spec/delivery.md, "Deliver stream"
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
import type { PeerLink } from '../delivery/link.ts'
import type { Directory } from '../trust/directory.ts'
import type { Reach } from '../trust/reach.ts'
import { openLink } from './link.ts'

/** Dependencies of dialling. */
interface DialOptions {
  readonly directory: Pick<Directory, 'peer'>
  readonly reach: Pick<Reach, 'endpoints' | 'newest' | 'own' | 'informed'>
  readonly identity: () => TlsIdentity
  /** Returns the certificate of the next authority, or undefined if there is none. */
  readonly nextIdentity: () => TlsIdentity | undefined
  /** This gateway's current greeting. */
  readonly hello: () => Hello
  readonly clock: Clock
  /** Called when the other side has greeted. */
  readonly greeted: (organisation: string, greeting: Pick<Hello, 'incarnation' | 'timeMs'>) => Promise<void>
  /** Called when the other side has more urgent mail of this organisation than its remaining budget. */
  readonly urgentOverBudget: (organisation: string) => void
  /** HTTP proxy. If absent, the gateway connects directly. */
  readonly proxy?: string | undefined
  /** Timeout for connecting, and separately for the greeting. Milliseconds. */
  readonly connectMs: number
}

type Channel = ReturnType<typeof openChannel>

/** Dials the gateways of paired organisations. */
export class Dialler {
  readonly #options: DialOptions
  /** The channel of the newest link to each organisation. */
  readonly #open = new Map<string, Channel>()
  readonly #overhead = createServerOverhead()

  constructor(options: DialOptions) {
    this.#options = options
  }

  /** Opens a link, and announces this gateway's addresses on it. */
  async dial(organisation: string, signal: AbortSignal): Promise<PeerLink> {
    const { connectMs, greeted, hello, urgentOverBudget } = this.#options
    const cutOff = new AbortController()
    const { channel, endpoint } = await this.#connect(organisation, (error) => cutOff.abort(error))
    const link = await openLink({
      channel,
      endpoint,
      hello: hello(),
      greetMs: connectMs,
      urgentOverBudget: () => urgentOverBudget(organisation),
      signal: AbortSignal.any([signal, cutOff.signal]),
    })
    await greeted(organisation, link).catch((error: unknown) => {
      link.close()
      throw error
    })
    this.#open.set(organisation, channel)
    void link.ended.then(() => {
      if (this.#open.get(organisation) === channel) this.#open.delete(organisation)
    })
    void this.#announce(organisation, channel)
    return link
  }

  /** Announces this gateway's addresses and its organisation's statement on all open links. */
  announce(): void {
    for (const [organisation, channel] of this.#open) void this.#announce(organisation, channel)
  }

  /** Fetches the entity configuration that the organisation's gateway serves now. @throws RexError */
  async fetchStatement(organisation: string, signal: AbortSignal): Promise<string> {
    const connected = await this.#connect(organisation).catch((error: unknown) => {
      const announced = this.#options.reach.newest(organisation)
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
  }

  /**
   * Returns whether an organisation accepts the certificate of the next authority, by making a call over a connection that presents it
   * (REX-ID-082). Returns false, too, if the organisation cannot be reached.
   */
  async acceptsNext(organisation: string, signal: AbortSignal): Promise<boolean> {
    const identity = this.#options.nextIdentity()
    if (identity === undefined) return false
    try {
      const { channel } = await this.#connect(organisation, () => {}, identity)
      const asked = createClient(EntityServiceDefinition, channel).getEntityConfiguration(
        { organisation },
        { signal },
      )
      await asked.finally(() => channel.close())
      return true
    } catch {
      return false
    }
  }

  /** Connects to the first endpoint that answers, most recently announced first (REX-DLV-170). */
  async #connect(
    organisation: string,
    onOverhead: (error: RexError) => void = () => {},
    identity: TlsIdentity = this.#options.identity(),
  ): Promise<{ channel: Channel; endpoint: string }> {
    const { clock, connectMs, proxy, reach } = this.#options
    const { authority, nextAuthority } = this.#peer(organisation).party.gateway
    if (!this.#overhead.admits(organisation)) throw overheadExceeded()
    let failure: unknown = new RexError('UNAVAILABLE', 'The organisation has published no address.')
    for (const endpoint of reach.endpoints(organisation)) {
      const channel = openChannel({
        address: endpoint,
        organisation,
        authority,
        nextAuthority,
        identity,
        connectMs,
        now: clock.now,
        overhead: this.#overhead,
        onOverhead,
        ...(proxy !== undefined && { proxy }),
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

  #peer(organisation: string): EntityConfiguration {
    const peer = this.#options.directory.peer(organisation)
    if (peer !== undefined) return peer
    throw new RexError('UNKNOWN_ORGANISATION', 'The organisation is not paired.', {
      metadata: { organisation },
    })
  }

  /** Announces this gateway's addresses. A failed announcement is repeated on the next link. */
  async #announce(organisation: string, channel: Channel): Promise<void> {
    const { reach } = this.#options
    const announcement = reach.own()
    if (announcement === undefined) return
    const { endpoints, entityConfiguration } = announcement
    const client = createClient(EntityServiceDefinition, channel)
    await client
      .announce({ endpoints: [...endpoints], entityConfiguration })
      .then(() => reach.informed(organisation, announcement))
      .catch(() => {})
  }
}
