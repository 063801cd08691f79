// Sends referrals: plans, checks and composes all referrals of a send, and stores them together. docs/guide/desk.md, "Sending"
import { toHex } from '../../core/encoding/encoding.ts'
import { envelopeSize } from '../../core/envelope/size.ts'
import { RexError } from '../../core/error.ts'
import { chooseSuite } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Draft, Presets } from '../../core/referral/index.ts'
import { refuseBroken } from '../../core/referral/lint/finding.ts'
import { deskProblem, invalidReferral } from '../../core/referral/messages/problem.ts'
import { checkDraft, checkGroup, checkSend } from '../api/options.ts'
import type { GroupOptions, Preview, SendOptions, To } from '../api/sending.ts'
import { checkUsable, type DeskContext } from '../context.ts'
import { sealingKeys } from '../gateway/peers.ts'
import { GROUP_ID, type OpenThread } from '../thread/repository/open-thread.ts'
import { grouped, groupIdOf } from './group.ts'
import type { Idempotency } from './idempotency.ts'
import { outline, type Plan, planSend } from './plan.ts'
import { composeReferrals } from './referral.ts'

const REFRESH_MS = 3_000

/** The dependencies of `Sender`. */
interface SenderOptions {
  readonly idempotency: Idempotency
  /** The organisation's presets, read for every send. */
  readonly presets: () => Promise<Presets>
  /** The key that derives group ids from idempotency keys. */
  readonly archiveKey: Uint8Array
}

/** Send options with checked recipients. */
interface Addressed extends SendOptions {
  readonly to: readonly To[]
}

/** Sends the referrals of a desk. */
export class Sender {
  readonly #desk: DeskContext
  readonly #options: SenderOptions

  constructor(desk: DeskContext, options: SenderOptions) {
    this.#desk = desk
    this.#options = options
  }

  /** Opens the thread of a referral. Resolves when the thread is durable. */
  async send(draft: Draft, options: SendOptions): Promise<OpenThread> {
    const [thread] = await this.#sendAll([checkDraft(draft)], checkSend(options))
    return thread as OpenThread
  }

  /** Opens a thread for each sibling of a group, all or none. */
  async sendGroup(given: readonly Partial<Draft>[], options: GroupOptions): Promise<OpenThread[]> {
    const { drafts, how } = this.#groupOf(given, options)
    return this.#sendAll(drafts, how)
  }

  /** Returns whether `send` (or `sendGroup`, for a list) was done under this key with this content. @throws RexError KEY_CONFLICT */
  wasSent(given: Draft | readonly Partial<Draft>[], options: GroupOptions): boolean {
    const { drafts, how } = Array.isArray(given)
      ? this.#groupOf(given, options)
      : { drafts: [checkDraft(given as Draft)], how: checkSend<SendOptions>(options) }
    const contents = drafts.map((draft) => sendContent(draft, how))
    return this.#options.idempotency.wasDone({ key: how.key, contents })
  }

  #groupOf(
    given: readonly Partial<Draft>[],
    options: GroupOptions,
  ): { drafts: Partial<Draft>[]; how: Addressed } {
    const { siblings, options: checked } = checkGroup(given, options)
    const { shared = {}, ...how } = checked
    const id =
      how.key === undefined
        ? toHex(this.#desk.random(GROUP_ID))
        : groupIdOf(how.key, this.#options.archiveKey)
    return { drafts: grouped(siblings, shared, id), how }
  }

  /** Checks all drafts before any is stored, and stores them in one transaction, so that either all referrals of a group are sent or none. */
  async #sendAll(drafts: readonly Partial<Draft>[], options: Addressed): Promise<OpenThread[]> {
    checkUsable(this.#desk)
    const { threads, peers, clock } = this.#desk
    const { idempotency, presets } = this.#options
    return idempotency.once({
      key: options.key,
      contents: drafts.map((draft) => sendContent(draft, options)),
      again: (ids) => ids.map((id) => threads.open(id)),
      work: async (keep) => {
        const { to, ref, minimumSuite, lifetimeMs, follows, confirm } = options
        if (follows !== undefined && threads.find(follows) === undefined)
          throw invalidReferral([deskProblem('follows', 'no-thread')])
        const own = await presets()
        const outlines = drafts.map((draft) => outline(draft, { to, own }))
        checkTogether(outlines)
        const plans = outlines.map((one) => planSend(one, { peers, now: clock.now(), confirm }))
        plans.forEach(refuseBroken)
        return composeReferrals(this.#desk, plans, { ref, minimumSuite, lifetimeMs, follows, also: keep })
      },
    })
  }

  /** Returns the effect of a send, computed with the newest statements of the recipients. */
  async preview(given: Draft, options: SendOptions): Promise<Preview> {
    const { peers, clock } = this.#desk
    const draft = checkDraft(given)
    const { to, minimumSuite = 'REX-1', confirm } = checkSend(options)
    const outlined = outline(draft, { to, own: await this.#options.presets() })
    await this.#refresh(outlined.recipients)
    const plan = planSend(outlined, { peers, now: clock.now(), confirm })
    const type = (index: number) => plan.sections[index]?.type ?? ''
    const recipients = plan.recipients.map(({ organisation, granted, staged }) => {
      const { suites } = sealingKeys(peers.get(organisation), clock.now()).keys
      return {
        organisation,
        suite: chooseSuite(suites, minimumSuite),
        sections: granted.map(type),
        staged: staged.map(type),
        bytes: envelopeSize(granted.map((index) => plan.sections[index]?.content.length ?? 0)),
      }
    })
    return { findings: plan.findings, presets: plan.presets, notices: plan.notices, recipients }
  }

  /** Fetches the newest statements that arrive within a few seconds. */
  async #refresh(recipients: readonly { readonly organisation: string }[]): Promise<void> {
    const signal = AbortSignal.timeout(REFRESH_MS)
    await Promise.allSettled(
      recipients.map(({ organisation }) => this.#desk.peers.refresh(organisation, signal)),
    )
  }
}

/** Limits the size of a group, because all its referrals are in memory and in one transaction together. @throws RexError LIMIT_EXCEEDED */
function checkTogether(outlines: readonly Pick<Plan, 'sections'>[]): void {
  const actual = outlines
    .flatMap(({ sections }) => sections)
    .reduce((sum, { content }) => sum + content.length, 0)
  if (actual <= LIMITS.group) return
  throw new RexError('LIMIT_EXCEEDED', `The group is larger than ${LIMITS.group} bytes.`, {
    path: 'group',
    metadata: { limit: String(LIMITS.group), actual: String(actual) },
    hint: 'Send its parts one after the other: each carries its place in the group.',
  })
}

/**
 * Returns the content that is recorded under an idempotency key: draft and options as given, with the names of presets.
 * Leaves out the contents of presets, the time, the recipients' keys and confirmed findings. Ignores the order of
 * recipients and section types, and defaults that are stated explicitly.
 */
function sendContent(draft: Partial<Draft>, options: Addressed): unknown {
  const { to, ref, minimumSuite, lifetimeMs, follows } = options
  const recipients = to
    .map(({ organisation, sections, staged }) => [organisation, sorted(sections), sorted(staged)])
    .sort()
  return [
    'send',
    { lane: 'routine', ...Object(draft) },
    recipients,
    { ref, minimumSuite, lifetimeMs, follows },
  ]
}

function sorted(types: readonly string[] | undefined): readonly string[] | null {
  return types === undefined ? null : [...new Set(types)].sort()
}
