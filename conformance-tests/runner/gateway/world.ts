// The environment of a case: the gateway under test, its desk, and the peers that the suite plays.
import { randomBytes } from 'node:crypto'
import { type EnrolmentToken, EnrolPurpose, type GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { DirectoryServiceDefinition, MailboxServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { enrol, findToken, identityOf, ownParty, ownStatement } from '../../peer/desk.ts'
import { within } from '../../peer/events.ts'
import { type PeerGateway, type PeerPlan, startPeer } from '../../peer/gateway.ts'
import { type ClientCall, type Connection, connect, type Dial } from '../../peer/grpc/client.ts'
import { makeOrganisation, type Organisation } from '../../peer/organisation.ts'
import type { CertificatePlan, TlsIdentity } from '../../peer/tls/certificate.ts'
import { type KeyName, privateKey } from '../../peer/tls/keys.ts'
import { BadFile } from '../../suite/read.ts'
import { type Instance, TargetFailed } from './target.ts'
import { resolve } from './values.ts'

const DIRECTORY = DirectoryServiceDefinition
const { receive, acquireLease } = MailboxServiceDefinition.methods
const MOST_ITEMS = 1024

/** A peer of a case. */
export interface PeerSetting extends PeerPlan {
  /** Default: true. */
  readonly paired?: boolean
  /** The certificate that the peer presents as a server. Default: a correct certificate. */
  readonly certificate?: CertificateSetting
}

/** A certificate with deviations from the correct certificate. */
export interface CertificateSetting extends CertificatePlan {
  /** Default for a peer: `gateway`. */
  readonly usage?: 'gateway' | 'desk'
  readonly key?: KeyName
  /** Name of the peer whose authority issues the certificate. Default: the peer itself. */
  readonly issuer?: string
  /** A whole certificate, DER, for `key`. */
  readonly der?: Uint8Array
  /** A further authority of the peer that issues the certificate in place of the authority in use. */
  readonly authority?: 'next' | 'unnamed'
  /** Whether no certificate is presented. */
  readonly none?: boolean
}

/** A stream that a case has opened. */
export interface OpenStream {
  readonly call: ClientCall<never, unknown>
  readonly connection: Connection
}

/** Numbers of the TLS keys of peers. A case with more peers reuses keys. */
const KEYS = [1, 2, 3, 4] as const
/** Number of peers made so far, for unique names: a gateway keeps data about organisations between cases. */
let peersMade = 0

/** A running gateway with its desk, and the state of the current case. */
export class World {
  readonly instance: Instance
  /** Time limit for each wait in a step, in milliseconds. */
  limitMs: number
  readonly names = new Map<string, unknown>()
  readonly streams = new Map<string, OpenStream>()
  readonly peers = new Map<string, PeerGateway>()
  /** Chain of the desk store. */
  readonly chain = randomBytes(16)
  readonly #token: EnrolmentToken
  readonly desk: TlsIdentity
  readonly own: GetGatewayResponse
  /** Receipt keys that the gateway has announced to its desk, by `kid`. */
  readonly receiptKeys = new Map<string, Uint8Array>()
  readonly #dial: Pick<Dial, 'address' | 'organisation' | 'authority'>
  #connection: Connection | undefined
  #issuedMs = 0

  private constructor(
    { instance, limitMs }: { instance: Instance; limitMs: number },
    {
      token,
      desk,
      own,
      address,
    }: { token: EnrolmentToken; desk: TlsIdentity; own: GetGatewayResponse; address: string },
  ) {
    this.instance = instance
    this.limitMs = limitMs
    this.#token = token
    this.desk = desk
    this.own = own
    this.#dial = { address, organisation: token.organisation, authority: desk.authority }
  }

  /** Creates and starts a gateway, enrols a desk there and publishes a statement. */
  static async open(instance: Instance, limitMs: number): Promise<World> {
    const printed = await instance.make()
    await instance.start()
    const token = findToken(printed) ?? findToken(await instance.run('token'))
    if (token === undefined) throw new TargetFailed('The hook token printed no enrolment token.')
    // Enrol with the purpose AGAIN, because a gateway from an earlier run already has a statement.
    const how = { purpose: EnrolPurpose.AGAIN }
    const enrolled = enrol(token, ownParty(token.organisation).entity, how)
    const response = await within(limitMs, 'an answer to enrolment', enrolled)
    const desk = identityOf(response)
    const [address = ''] = response.endpoints
    const dial = { address, organisation: token.organisation, authority: desk.authority, identity: desk }
    const connection = await within(limitMs, 'a connection of the desk', connect(dial))
    try {
      const own = await within(
        limitMs,
        'an answer to GetGateway',
        connection.call(DIRECTORY, DIRECTORY.methods.getGateway, {}),
      )
      const statement = { entityConfiguration: ownStatement(own) }
      const published = connection.call(DIRECTORY, DIRECTORY.methods.publish, statement)
      await within(limitMs, 'an answer to Publish', published)
      return new World({ instance, limitMs }, { token, desk, own, address })
    } finally {
      connection.close()
    }
  }

  /** The organisation of the gateway under test. */
  get organisation(): string {
    return this.#token.organisation
  }

  /** Returns the desk's connection, and opens it if necessary. */
  async deskConnection(): Promise<Connection> {
    if (!this.#connection?.isOpen()) this.#connection = await connect(this.dial('desk'))
    return this.#connection
  }

  /** Returns the dial options of the desk (`desk`) or a peer. */
  dial(
    who: string,
    { certificate, tls }: { certificate?: CertificateSetting; tls?: Dial['tls'] } = {},
  ): Dial {
    const identity = certificate?.none ? undefined : this.#identity(who, certificate)
    return { ...this.#dial, identity, ...(tls && { tls }) }
  }

  #identity(who: string, setting: CertificateSetting = {}): TlsIdentity {
    const { der, key = 'desk-1' } = setting
    if (der !== undefined) return { certificate: der, key: privateKey(key), authority: this.desk.authority }
    return who === 'desk' ? this.desk : this.#certificate(this.peer(who).organisation, setting)
  }

  #certificate(
    whose: Organisation,
    { usage = 'gateway', key, issuer, authority, ...plan }: CertificateSetting,
  ): TlsIdentity {
    if (authority !== undefined) return whose.gateway(plan, key, whose.further[authority])
    if (issuer === undefined) return whose[usage](plan, key)
    const uri = usage === 'desk' ? `${whose.organisation}#desk` : whose.organisation
    return this.peer(issuer).organisation.gateway({ uris: [uri], ...plan }, key)
  }

  /** The time by the clocks of the suite and its peers. Unix milliseconds. */
  now(): number {
    return Date.now() + this.instance.clock.passed
  }

  /** Returns the date of the organisation's next statement, later than all earlier dates. Unix milliseconds. */
  nextIssuedMs(): number {
    this.#issuedMs = Math.max(this.now(), this.#issuedMs + 1000)
    return this.#issuedMs
  }

  /** Returns the peer with this name in the case. @throws BadFile */
  peer(name: string): PeerGateway {
    const peer = this.peers.get(name)
    if (peer === undefined) throw new BadFile(`The case has no peer ${name}.`)
    return peer
  }

  /** Starts the peers of a case and pairs with them. */
  async begin(settings: Readonly<Record<string, PeerSetting>>): Promise<void> {
    this.names.set('own', { ...this.own, desk: `${this.organisation}#desk` })
    for (const [i, [name, setting]] of Object.entries(settings).entries()) {
      const number = KEYS[i % KEYS.length] ?? 1
      const whose = makeOrganisation(`${name}-${++peersMade}`, number, () => this.now())
      const { organisation, authority } = whose
      this.names.set(name, { organisation, authority: authority.certificate })
      const { certificate, ...plan } = resolve(setting, this.names, this.now()) as PeerSetting
      const listen = certificate && { identity: this.#certificate(whose, certificate) }
      const peer = await startPeer(whose, [this.desk.authority], { ...plan, ...(listen && { listen }) })
      this.peers.set(name, peer)
      this.names.set(name, { organisation, authority: authority.certificate, statement: peer.statement })
      if (setting.paired ?? true) await this.pair(peer)
    }
  }

  /** Pairs with a peer. */
  async pair({ statement }: PeerGateway): Promise<void> {
    const desk = await this.deskConnection()
    await desk.call(DIRECTORY, DIRECTORY.methods.putPeer, { entityConfiguration: statement })
  }

  /** Cleans up after a case: streams, peers, pairings and mail. */
  async end(): Promise<void> {
    for (const { connection } of this.streams.values()) connection.close()
    if (this.instance.clock.ahead !== 0) await this.instance.setClock({ ahead: 0 })
    const desk = await this.deskConnection()
    for (const { organisation } of this.peers.values())
      await desk.call(DIRECTORY, DIRECTORY.methods.deletePeer, organisation)
    await Promise.all([...this.peers.values()].map(({ listener }) => listener.close()))
    await this.emptyMailbox()
    this.streams.clear()
    this.peers.clear()
    this.names.clear()
  }

  /** Closes all connections of the suite to the gateway, without making any call. */
  async abandon(): Promise<void> {
    this.#connection?.close()
    for (const { connection } of this.streams.values()) connection.close()
    await Promise.all([...this.peers.values()].map(({ listener }) => listener.close()))
  }

  /**
   * Acknowledges all items of the mailbox, and opens new feeds until a feed is empty, which shows that the gateway has processed the
   * acknowledgements. Waits for at least `least` items. Returns the number of items.
   */
  async emptyMailbox(least = 0): Promise<number> {
    const desk = await this.deskConnection()
    let all = 0
    const lease = { chain: this.chain, takeOver: true }
    const { fence } = await desk.call(MailboxServiceDefinition, acquireLease, lease)
    for (let count = 1; count > 0 || all < least; all += count) {
      const feed = desk.open(MailboxServiceDefinition, receive)
      feed.write({ content: { $case: 'open', value: { fence, window: MOST_ITEMS } } })
      count = 0
      for (
        let item = await feed.read();
        item?.content && item.content.$case !== 'live';
        item = await feed.read()
      ) {
        count++
        const settle = { acknowledged: [item.cursor], postponed: [], unopenable: [] }
        feed.write({ content: { $case: 'settle', value: settle } })
      }
      // Cancel the feed, because it would receive the next items otherwise.
      feed.cancel()
    }
    return all
  }
}
