// The reference gateway of a desk. It keeps its state in memory, and misbehaves as scenarios require. docs/guide/conformance.md
import { EnrolmentToken } from '@rex/proto/mailbox/v1/mailbox'
import {
  DirectoryServiceDefinition as DIRECTORY,
  EnrolmentServiceDefinition as ENROLMENT,
  MailboxServiceDefinition as MAILBOX,
  RenewalServiceDefinition as RENEWAL,
} from '@rex/proto/mailbox/v1/mailbox_service'
import { signingKey } from '../../generate/bytes/crypto.ts'
import { base64url } from '../../generate/bytes/wire.ts'
import { type Method, pathOf, type Service } from '../grpc/messages.ts'
import { type Handler, type Listener, listen } from '../grpc/server.ts'
import { Log } from '../log.ts'
import {
  type Authority,
  makeAuthority,
  makeLeaf,
  readSigningRequest,
  type TlsIdentity,
} from '../tls/certificate.ts'
import { privateKey, publicKey } from '../tls/keys.ts'
import { raw, unary } from './call.ts'
import { Directory, digestOf } from './directory.ts'
import { Mailbox } from './mailbox.ts'
import type { Submitted } from './submission.ts'

/** The organisation whose desk is under test. */
export const DESK = 'https://desk.example'

/** A running reference gateway. Each case begins with new state; addresses and authority stay the same. */
export class ReferenceGateway implements AsyncDisposable {
  readonly authority: Authority = makeAuthority(DESK, privateKey('authority-1'))
  /** The next authority, if a scenario changes the authority. */
  readonly nextAuthority: Authority = makeAuthority(DESK, privateKey('authority-2'))
  log = new Log()
  mailbox: Mailbox
  directory: Directory
  #listeners: Listener[] = []

  private constructor() {
    this.mailbox = new Mailbox(this.log, () => {})
    this.directory = this.#directory()
  }

  static async start(): Promise<ReferenceGateway> {
    const gateway = new ReferenceGateway()
    const identity = gateway.identity()
    const { mailbox, enrolment } = gateway.#handlers()
    const clients = [gateway.authority.certificate, gateway.nextAuthority.certificate]
    gateway.#listeners = [
      await listen({ identity, clients, handlers: mailbox }),
      await listen({ identity, clients: [], handlers: enrolment }),
    ]
    gateway.directory = gateway.#directory()
    return gateway
  }

  /** Begins a case with an empty mailbox and log. `prepared` gives the incarnation and the published statements. */
  begin(accepted: (envelope: Submitted) => void, prepared?: Prepared): void {
    this.log = new Log()
    this.mailbox = new Mailbox(this.log, accepted)
    this.directory = this.#directory()
    for (const listener of this.#listeners) listener.present(this.identity())
    if (prepared === undefined) return
    this.mailbox.incarnation = prepared.incarnation
    this.directory.published = prepared.published
    for (const [organisation, jwt] of prepared.peers) this.directory.peers.set(organisation, jwt)
  }

  /** Returns the state from which later cases continue. */
  prepared(): Prepared {
    const { published = '', peers } = this.directory
    return { incarnation: this.mailbox.incarnation, published, peers: [...peers] }
  }

  /** Returns an enrolment token as text. `changed`: members with incorrect values. */
  token(changed: Partial<EnrolmentToken> = {}): string {
    const [, enrolment] = this.#listeners
    const token = EnrolmentToken.encode({
      organisation: DESK,
      address: enrolment?.address ?? '',
      authorityDigest: digestOf(this.authority.certificate),
      secret: this.directory.secret,
      ...changed,
    })
    return `rex-token-${base64url(token.finish())}`
  }

  /** Cuts all connections of the desk. */
  cut(): void {
    for (const { connections } of this.#listeners) for (const connection of connections) connection.cut()
  }

  /** Floods the desk on all its connections, and resolves when the desk has closed one. */
  async flood(bytes: number): Promise<void> {
    const connections = [...(this.#listeners[0]?.connections ?? [])]
    for (const connection of connections) connection.babble(bytes)
    await Promise.race(connections.map(({ closed }) => closed))
  }

  /** Returns the gateway's certificate with its key. `authority`: the issuer. Default: the authority in use. */
  identity(authority = this.authority): TlsIdentity {
    const key = privateKey('leaf-1')
    const certificate = makeLeaf(authority, { uri: DESK, key: publicKey(key) })
    return { certificate, key, authority: authority.certificate }
  }

  /** Presents a certificate from this authority to the desk from now on. */
  present(authority: Authority): void {
    this.#listeners[0]?.present(this.identity(authority))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) await listener.close()
  }

  #directory(): Directory {
    const endpoints = this.#listeners.slice(0, 1).map(({ address }) => address)
    return new Directory(this.log, {
      gateway: {
        organisation: DESK,
        endpoints,
        caCertificate: this.authority.certificate,
        receiptKey: signingKey('desk receipt').public,
        build: 'reference',
        nextCaCertificate: new Uint8Array(),
      },
      endpoints,
      certify: (request) => this.#certify(request),
    })
  }

  /** Certifies a desk, under the authority that `GetGateway` names as current. */
  #certify(request: Uint8Array): Uint8Array | undefined {
    const { key, uris } = readSigningRequest(request)
    if (uris.length !== 1 || uris[0] !== `${DESK}#desk`) return undefined
    const { caCertificate } = this.directory.changed
    const authority = caCertificate === undefined ? this.authority : this.nextAuthority
    return makeLeaf(authority, { uri: `${DESK}#desk`, key })
  }

  #handlers(): { mailbox: Map<string, Handler>; enrolment: Map<string, Handler> } {
    const at = <A, B>(service: Service, method: Method<A, B>, handler: Handler) =>
      [pathOf(service, method), handler] as const
    const one = <A, B>(service: Service, method: Method<A, B>, answer: (request: A) => B) =>
      at(service, method, unary(method, answer))
    const { methods: mailbox } = MAILBOX
    const { methods: directory } = DIRECTORY
    const mailboxHandlers = [
      one(MAILBOX, mailbox.acquireLease, (request) => this.mailbox.lease(request)),
      at(
        MAILBOX,
        mailbox.submit,
        raw((call) => this.mailbox.submit(call)),
      ),
      at(
        MAILBOX,
        mailbox.receive,
        raw((call) => this.mailbox.receive(call)),
      ),
      one(DIRECTORY, directory.getGateway, () => this.directory.getGateway()),
      one(DIRECTORY, directory.publish, ({ entityConfiguration }) => {
        this.directory.publish(entityConfiguration)
        return {}
      }),
      one(DIRECTORY, directory.resolve, ({ organisation, refresh }) => {
        return { entityConfiguration: this.directory.resolve(organisation, refresh) }
      }),
      one(DIRECTORY, directory.putPeer, ({ entityConfiguration }) => {
        this.directory.putPeer(entityConfiguration)
        return {}
      }),
      one(DIRECTORY, directory.deletePeer, ({ organisation }) => {
        this.directory.deletePeer(organisation)
        return {}
      }),
      one(RENEWAL, RENEWAL.methods.renew, ({ signingRequest }) => {
        return { certificate: this.directory.renew(signingRequest) }
      }),
    ]
    const enrol = one(ENROLMENT, ENROLMENT.methods.enrol, (request) => this.directory.enrol(request))
    return { mailbox: new Map(mailboxHandlers), enrolment: new Map([enrol]) }
  }
}

/** Gateway state that cases share. */
export interface Prepared {
  readonly incarnation: Uint8Array
  readonly published: string
  readonly peers: readonly (readonly [organisation: string, jwt: string])[]
}
