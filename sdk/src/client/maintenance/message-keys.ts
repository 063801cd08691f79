// Revokes message keys and receipt keys, and publishes the revocation immediately. docs/spec/identity.md, "Changes of keys"
import { RexError } from '../../core/error.ts'
import type { DatedKey } from '../../core/identity/entity.ts'
import { parseEntityConfiguration } from '../../core/identity/entity.ts'
import { kid } from '../../core/jose/key.ts'
import type { RevokedKey, RevokeInput, SigningKey } from '../api/keys.ts'
import { createTurns } from '../clock/turns.ts'
import type { DeskContext } from '../context.ts'
import type { LeaseHolder } from '../gateway/lease.ts'
import type { Publisher } from '../gateway/publisher.ts'
import { KEY_LIFETIME } from '../gateway/statement.ts'
import type { Keys } from '../keys/keystore.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'
import { compromised, messageKeyOf, replaceMessageKey } from '../keys/replacing/message-keys.ts'
import type { Redate } from '../send/redate.ts'

const SECOND = 1000

/** The dependencies of `MessageKeys`. */
interface MessageKeysOptions {
  readonly keyring: Keyring
  readonly publisher: Pick<Publisher, 'publishChange' | 'checkRoom'>
  readonly lease: Pick<LeaseHolder, 'fence'>
  readonly redate: Pick<Redate, 'leaveKeys'>
}

/** Lists and revokes the message keys of a desk's organisation, and the receipt keys of its gateway. */
export class MessageKeys {
  readonly #desk: DeskContext
  readonly #options: MessageKeysOptions
  readonly #turns = createTurns()

  constructor(desk: DeskContext, options: MessageKeysOptions) {
    this.#desk = desk
    this.#options = options
  }

  /** Lists the current key, then the earlier keys in the last statement, newest first. */
  list(): SigningKey[] {
    const { signer, sinceMs } = messageKeyOf(this.#options.keyring.keys)
    const current = { key: kid(signer.key), sinceMs }
    const earlier = this.#published().messageKeys.filter(({ jwk }) => kid(jwk) !== current.key)
    return [current, ...earlier.map(described)]
  }

  /** Lists the receipt keys of the desk's gateway in the last statement, the current key first. */
  receipts(): SigningKey[] {
    return this.#published().receiptKeys.map(described)
  }

  /**
   * Revokes a key: first durably here, then in a new statement. If it is the message key in use, a new key replaces it. Until
   * the statement is published, the desk signs nothing else. If the desk closes before that, it publishes the statement when it
   * is reopened.
   * @throws RexError UNAVAILABLE, LEASE_LOST, CONFIG_INVALID, NOT_FOUND, LIMIT_EXCEEDED before anything is changed; after the
   * change is durable, the errors of publication
   */
  revoke(input: RevokeInput): Promise<RevokedKey> {
    return this.#turns('', async () => {
      const { keyring, lease, publisher } = this.#options
      await lease.fence()
      // Finish an earlier change first. If this call repeats that change, nothing else is left to do.
      const unfinished = keyring.keys.unpublished === true ? keyring.keys.revoked?.at(-1) : undefined
      await publisher.publishChange()
      if (unfinished?.revoked !== undefined && isRepeat(input, unfinished))
        return this.#done(input.reason, kid(unfinished.jwk), unfinished.revoked.atMs)
      const nowMs = Math.floor(this.#desk.time.date() / SECOND) * SECOND
      const { key, atMs, change } = this.#planned(input, nowMs)
      const changed = (keys: Keys): Keys => ({ ...change(keys), unpublished: true })
      // A change that cannot be published must not become durable, because the desk could then sign nothing.
      await publisher.checkRoom(changed(keyring.keys))
      await keyring.change(changed)
      await publisher.publishChange().catch(notPublished)
      return this.#done(input.reason, key, atMs)
    })
  }

  /** Plans the requested change: the key, the time of its revocation, and how the desk's keys change. */
  #planned(input: RevokeInput, nowMs: number) {
    const { reason, receiptKey } = input
    const inUse = kid(messageKeyOf(this.#options.keyring.keys).signer.key)
    const key = receiptKey ?? input.key ?? inUse
    const atMs = this.#timeOf(input, key, nowMs)
    const { messageKeys, receiptKeys } = this.#published()
    const change = (keys: Keys): Keys => {
      if (receiptKey !== undefined)
        return {
          ...keys,
          revokedReceipts: compromised(keys.revokedReceipts ?? [], { key, atMs, known: receiptKeys }),
        }
      if (key !== inUse)
        return { ...keys, revoked: compromised(keys.revoked ?? [], { key, atMs, known: messageKeys }) }
      const revoked = { reason: reason === 'retired' ? 'superseded' : 'compromised', atMs } as const
      return replaceMessageKey(keys, { now: nowMs, revoked, expiresMs: nowMs + KEY_LIFETIME })
    }
    return { key, atMs, change }
  }

  async #done(reason: RevokedKey['reason'], key: string, atMs: number): Promise<RevokedKey> {
    const { keyring, redate } = this.#options
    const signedAgain = reason === 'compromised' ? await redate.leaveKeys(new Set([key])) : 0
    return { key, reason, atMs, current: kid(messageKeyOf(keyring.keys).signer.key), signedAgain }
  }

  #timeOf({ reason, sinceMs, key: given, receiptKey }: RevokeInput, key: string, nowMs: number): number {
    const keys = receiptKey === undefined ? this.list() : this.receipts()
    const known = keys.find((one) => one.key === key)
    if (known === undefined)
      throw new RexError(
        'NOT_FOUND',
        `The organisation has no such ${receiptKey === undefined ? 'message' : 'receipt'} key.`,
        {
          hint: `Its keys are: ${keys.map((one) => one.key).join(', ')}.`,
        },
      )
    if (reason === 'retired' && receiptKey !== undefined)
      throw new RexError('CONFIG_INVALID', 'A receipt key is replaced as planned at the gateway.', {
        path: 'receiptKey',
        hint: 'Ask its operator for `rex-gateway rotate receipt`.',
      })
    if (given !== undefined && receiptKey !== undefined)
      throw new RexError('CONFIG_INVALID', 'Name a message key or a receipt key, not both.', { path: 'key' })
    if (reason === 'retired' && (sinceMs !== undefined || given !== undefined))
      throw new RexError('CONFIG_INVALID', 'Only the key in use can be retired, and only as of now.')
    const atMs = Math.floor((sinceMs ?? nowMs) / SECOND) * SECOND
    if (atMs > nowMs)
      throw new RexError(
        'CONFIG_INVALID',
        'The time from which others may have known the key is in the future.',
        {
          path: 'sinceMs',
        },
      )
    if (atMs < Math.floor(Math.min(known.sinceMs, nowMs) / SECOND) * SECOND)
      throw new RexError('CONFIG_INVALID', 'Nobody can have known the key before it was made.', {
        path: 'sinceMs',
        hint: `This key was made at ${new Date(known.sinceMs).toISOString()}. For an earlier one, give its name.`,
      })
    return atMs
  }

  /** Returns the keys in the last statement of this organisation that the desk signed. */
  #published(): { readonly messageKeys: readonly DatedKey[]; readonly receiptKeys: readonly DatedKey[] } {
    const { organisation, store } = this.#desk
    const last = store.read.configurations(organisation).at(-1)
    if (last === undefined) return { messageKeys: [], receiptKeys: [] }
    const { messageKeys, gateway } = parseEntityConfiguration(last).party
    return { messageKeys, receiptKeys: gateway.receiptKeys }
  }
}

function isRepeat({ reason, key, receiptKey }: RevokeInput, { jwk, revoked }: DatedKey): boolean {
  return (
    receiptKey === undefined &&
    (reason === 'retired') === (revoked?.reason === 'superseded') &&
    (key === undefined || key === kid(jwk))
  )
}

function notPublished(cause: unknown): never {
  if (RexError.is(cause, 'LIMIT_EXCEEDED')) throw cause
  throw new RexError('UNAVAILABLE', 'The key is revoked here, but the gateway has not published that yet.', {
    cause,
    hint: 'The desk publishes it as soon as the gateway answers. Leave it open, or repeat the command.',
  })
}

function described({ jwk, notBeforeMs, revoked }: DatedKey): SigningKey {
  const reason = revoked?.reason === 'superseded' ? ('retired' as const) : revoked?.reason
  return {
    key: kid(jwk),
    sinceMs: notBeforeMs,
    ...(revoked && reason && { revoked: { reason, atMs: revoked.atMs } }),
  }
}
