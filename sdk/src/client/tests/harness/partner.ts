// A desk whose only partner is simulated by the test: honest, silent or hostile. Gateways are in memory.
import { randomBytes } from 'node:crypto'
import { Lane } from '@rex/proto/core/v1/envelope'
import { type DeskReceipt, DeskReceiptStatus, type Event, EventType } from '@rex/proto/core/v1/thread'
import { fromHex, toHex } from '../../../core/encoding/encoding.ts'
import { type OpenedMessage, open } from '../../../core/envelope/open.ts'
import { encodeEnvelope, parseEnvelope } from '../../../core/envelope/parse.ts'
import { type SealedDelivery, seal } from '../../../core/envelope/seal.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../../../core/identity/entity.ts'
import { epochAt, epochDecapsulator, publicEpochs } from '../../../core/identity/epoch.ts'
import { signInvite } from '../../../core/identity/invite.ts'
import { pinnedResolver } from '../../../core/identity/pinned.ts'
import type { Decapsulator } from '../../../core/jose/suite.ts'
import { LIMITS } from '../../../core/limits.ts'
import { signStoredReceipt } from '../../../core/receipt/stored.ts'
import { openGateway } from '../../../testing/gateway/gateway.ts'
import { openWire } from '../../../testing/gateway/wire.ts'
import { itemsOf } from '../../../testing/harness/fixture.ts'
import { testKeys } from '../../../testing/parties/keys.ts'
import { type TestParty, type TestPartyOptions, testParty } from '../../../testing/parties/party.ts'
import { buildReferral } from '../../../testing/referral.ts'
import { createActivity } from '../../../testing/time/activity.ts'
import { virtualClock } from '../../../testing/time/clock.ts'
import { watchItems, watchStore } from '../../../testing/watch.ts'
import type { Desk } from '../../api/desk.ts'
import type { Item } from '../../api/items.ts'
import type { Thread, ThreadView } from '../../api/thread.ts'
import { openDesk } from '../../desk.ts'
import type { MailboxLink } from '../../gateway/link.ts'
import type { Keys } from '../../keys/keystore.ts'
import { openSqliteDeskStore } from '../../store/sqlite.ts'

const START = Date.UTC(2026, 10, 23, 12)

/** An envelope that the partner's gateway has received. */
export interface Came {
  readonly bytes: Uint8Array
  readonly envelopeId: Uint8Array
  readonly envelopeDigest: Uint8Array
  readonly createdMs: number
  readonly kid: string
}

/** Makes the desk of a hotline, paired with an NGO that the test simulates. */
export async function playPartner(): Promise<PlayedPartner> {
  const [hotline, ngo] = await Promise.all([
    testParty('hotline', { now: START }),
    testParty('ngo', { now: START }),
  ])
  const partner = new PlayedPartner(hotline, ngo)
  await partner.begin()
  return partner
}

/** A desk and its partner, with the means to control both. Disposing closes the desk. */
export class PlayedPartner implements AsyncDisposable {
  readonly hotline: TestParty
  readonly ngo: TestParty
  readonly clock = virtualClock(START, () => this.idle())
  readonly store = openSqliteDeskStore(':memory:', { durable: false })
  /** Envelopes that the partner's gateway has received, oldest first. */
  readonly came: Came[] = []
  /** How far the clock of the desk was set back, in milliseconds. */
  setBackMs = 0
  /** Whether the gateways can reach each other. */
  isReachable = true
  /** Incarnation of the desk's gateway. */
  incarnation: Uint8Array = randomBytes(16)
  /** If true, a statement is published only when nothing else can happen until the clock advances. */
  publishesLast = false
  /** The number of envelopes received so far, at each publication of the desk's statement. */
  readonly cameBeforePublishing: number[] = []
  /** How many times the desk has requested the partner's statement. */
  refreshes = 0
  desk!: Desk
  readonly #activity = createActivity()
  readonly #wire = openWire({
    clock: this.clock,
    activity: this.#activity,
    nextFault: () => (this.isReachable ? undefined : { kind: 'disconnect', healed: new Promise(() => {}) }),
  })
  readonly #link: MailboxLink
  #statement: string
  /** The newest statement of the desk's organisation. */
  #known: EntityConfiguration

  constructor(hotline: TestParty, ngo: TestParty) {
    this.hotline = hotline
    this.ngo = ngo
    this.#statement = ngo.configuration.jwt
    this.#known = hotline.configuration
    this.#link = openGateway({
      name: 'hotline',
      clock: this.clock,
      activity: this.#activity,
      wire: this.#wire,
    })
  }

  /** Opens the hotline's desk, and pairs it with the partner. */
  async begin(): Promise<void> {
    this.#wire.attach(this.ngo.organisation, {
      urgentOverBudget() {},
      statement: () => {
        this.refreshes += 1
        return this.#statement
      },
      accept: (bytes) => this.#accept(bytes),
    })
    this.desk = await this.#openDesk()
    await this.pair()
    await this.idle()
  }

  /** Resolves when nothing more can happen until the clock advances. */
  async idle(): Promise<void> {
    let begun: number
    do {
      begun = this.#activity.begun()
      await this.desk.drain()
      await this.#activity.idle()
      await new Promise(setImmediate)
    } while (this.#activity.begun() !== begun)
  }

  /** Opens the same desk again, as after a restart. `between` runs while the desk is closed. */
  async reopen(change?: Partial<Keys>, between: () => Promise<unknown> = async () => {}): Promise<void> {
    await this.desk[Symbol.asyncDispose]()
    await between()
    this.desk = await this.#openDesk(change)
    await this.idle()
  }

  async pair(): Promise<void> {
    const now = this.clock.now()
    await this.desk.pair(
      await signInvite(this.#statement, { signer: this.ngo.entity, now, expiresMs: now + 1000 }),
    )
  }

  refer(options: object = {}): Promise<Thread> {
    return this.desk.send(buildReferral(), { to: this.ngo.organisation, ...options })
  }

  /** Returns and acknowledges all items of the desk. */
  items(): Promise<Item[]> {
    return itemsOf({ settle: () => this.idle() }, this.desk)
  }

  async kinds(): Promise<string[]> {
    return (await this.items()).map((item) => (item.kind === 'alarm' ? item.alarm : item.kind))
  }

  async states({ id }: Thread): Promise<ThreadView['delivery'][number]['state'][]> {
    return (await (await this.desk.thread(id)).view()).delivery.map(({ state }) => state)
  }

  /** Returns the newest envelope that the partner's gateway received. */
  last(): Came {
    return this.came.at(-1) as Came
  }

  /** Opens an envelope as the partner's desk, which knows the newest statement of the sender. */
  open({ bytes }: Came, decapsulator: Decapsulator = this.ngo.decapsulator): Promise<OpenedMessage> {
    const resolver = pinnedResolver(() => this.#known)
    const storedMs = this.clock.now()
    return open(bytes, { organisation: this.ngo.organisation, storedMs, resolver, decapsulator })
  }

  /** Returns the digest of the message in an envelope, hex. */
  async digestOf(came: Came, decapsulator?: Decapsulator): Promise<string> {
    return toHex((await this.open(came, decapsulator)).digest)
  }

  /** Sends a message of the partner's desk. */
  async say(type: EventType, event: Event, change: object = {}): Promise<void> {
    const { organisation, keys } = this.hotline
    const message = {
      messageId: randomBytes(16),
      threadId: new Uint8Array(16),
      sender: this.ngo.organisation,
      chain: new Uint8Array(16).fill(7),
      counter: 0,
      heads: [],
      void: [],
      createdMs: this.clock.now(),
      expiresMs: this.clock.now() + LIMITS.maxLifetime,
      type,
      event,
      confidential: false,
      sections: [],
      recipients: [{ organisation, lane: Lane.ROUTINE, keys, sections: [] }],
      testTraffic: false,
      ...change,
    }
    const sealed = await seal(message, { signer: this.ngo.message, random: randomBytes })
    const { routing, grant } = sealed.deliveries[0] as SealedDelivery
    const envelope = encodeEnvelope({ routing, grant, manifest: sealed.sealedManifest.jwe, sections: [] })
    await this.#wire.gatewayOf(organisation).accept(envelope, 1)
    await this.idle()
  }

  /** Sends receipts from the partner's desk. */
  answer(...receipts: DeskReceipt[]): Promise<void> {
    return this.say(EventType.RECEIPT, { content: { $case: 'receipts', value: { receipts } } })
  }

  /** Makes a receipt of the partner's desk for an envelope, with the digest of the message if the desk could open it. */
  receipt(
    { envelopeId, envelopeDigest }: Came,
    status: DeskReceipt['status'],
    { code = '', message = '' } = {},
  ): DeskReceipt {
    const digest = message === '' ? new Uint8Array() : fromHex(message, 'message')
    return { status, envelopeId, envelopeDigest, message: digest, timeMs: this.clock.now(), code }
  }

  /** Makes the receipt for an envelope that waits for a predecessor. */
  async gapOf(waiting: Came, missing: Came): Promise<DeskReceipt> {
    const [message, code] = await Promise.all([this.digestOf(waiting), this.digestOf(missing)])
    return this.receipt(waiting, DeskReceiptStatus.HELD, { code: `gap:${code}`, message })
  }

  /** Gives the partner's desk new encryption keys and the ability to open messages sealed to them. */
  async changeKeys(change: TestPartyOptions['change'] = (draft) => draft): Promise<Decapsulator> {
    const epochs = { epoch: epochAt(START), seed: randomBytes(32) }
    const published = await publicEpochs(epochs, epochs.epoch, LIMITS.epochsAhead)
    const changed = await testParty('ngo', {
      now: START,
      change: (draft) =>
        change({ ...draft, issuedMs: draft.issuedMs + 1000, party: { ...draft.party, epochs: published } }),
    })
    this.#statement = changed.configuration.jwt
    return epochDecapsulator(epochs, epochs.epoch + 1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.desk[Symbol.asyncDispose]()
    await this.store[Symbol.asyncDispose]()
  }

  async #openDesk(change: Partial<Keys> = {}): Promise<Desk> {
    const { clock, store } = this
    const { mailbox, directory } = this.#link
    const opened = await openDesk({
      keys: { ...testKeys('hotline', START), ...change },
      store: { ...watchStore(store, this.#activity), [Symbol.asyncDispose]: async () => {} },
      link: {
        ...this.#link,
        directory: {
          ...directory,
          getGateway: async (request, options) => {
            // The desk requests the gateway's part of the statement before it signs the statement.
            if (this.publishesLast) await this.#activity.idle()
            return await directory.getGateway(request, options)
          },
          publish: async (request, options) => {
            if (this.publishesLast) await this.#activity.idle()
            this.cameBeforePublishing.push(this.came.length)
            const answer = await directory.publish(request, options)
            this.#known = parseEntityConfiguration(request.entityConfiguration)
            return answer
          },
        },
        mailbox: {
          ...mailbox,
          acquireLease: async (request, options) => {
            return { ...(await mailbox.acquireLease(request, options)), incarnation: this.incarnation }
          },
        },
      },
      clock: { ...clock, now: () => clock.now() - this.setBackMs },
      gatherMs: 0,
    })
    return { ...opened, receive: (options) => watchItems(opened.receive(options), this.#activity) }
  }

  async #accept(bytes: Uint8Array) {
    const { routing, digest: envelopeDigest, kid } = parseEnvelope(bytes)
    const { envelopeId, createdMs, sender, recipient } = routing
    this.came.push({ bytes, envelopeId, envelopeDigest, createdMs, kid })
    const storedMs = this.clock.now()
    return signStoredReceipt({ envelopeId, envelopeDigest, sender, recipient, storedMs }, this.ngo.receipt)
  }
}
