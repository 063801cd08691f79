// Rotates the entity key, and publishes the rotation immediately. docs/spec/identity.md, "Rotation of the entity key"
import { RexError } from '../../core/error.ts'
import { entityWords } from '../../core/identity/invite.ts'
import { localSigner } from '../../core/jose/jose.ts'
import type { BackupOptions } from '../api/desk.ts'
import type { RotatedEntity } from '../api/keys.ts'
import { createTurns } from '../clock/turns.ts'
import type { DeskContext } from '../context.ts'
import type { LeaseHolder } from '../gateway/lease.ts'
import type { Publisher } from '../gateway/publisher.ts'
import type { FoundingKeys } from '../keys/keystore.ts'
import { nextEntityKey } from '../keys/replacing/entity-key.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'

/** Makes a backup with the new founding keys, and then writes the keys to the keystore. Does both or neither. */
export type KeepFounding = (founding: FoundingKeys, backup: BackupOptions) => Promise<void>

/** The dependencies of `EntityKey`. */
interface EntityKeyOptions {
  readonly keyring: Keyring
  readonly publisher: Pick<Publisher, 'statement' | 'publish' | 'checkRoom'>
  readonly lease: Pick<LeaseHolder, 'fence'>
  readonly keepFounding: KeepFounding | undefined
  /** Aborted when the desk closes. */
  readonly signal: AbortSignal
}

/** Rotates the entity key of a desk's organisation. */
export class EntityKey {
  readonly #desk: DeskContext
  readonly #options: EntityKeyOptions
  readonly #turns = createTurns()

  constructor(desk: DeskContext, options: EntityKeyOptions) {
    this.#desk = desk
    this.#options = options
  }

  /**
   * Replaces the key: first in a backup, then in the keystore, then in a new statement (REX-ID-077). If the desk closes after
   * the second step, it publishes the statement when it is reopened.
   * @throws RexError before anything is changed: NOT_FOUND, UNAVAILABLE, LEASE_LOST, LIMIT_EXCEEDED, ALREADY_EXISTS,
   * STORE_FULL, STORE_IN_USE, UNLOCK_FAILED; UNAVAILABLE if the key is replaced but not published yet
   */
  rotate({ signal: given, ...how }: BackupOptions): Promise<RotatedEntity> {
    return this.#turns('', async () => {
      const { keyring, publisher, lease, keepFounding, signal: open } = this.#options
      const signal = given === undefined ? open : AbortSignal.any([open, given])
      if (keepFounding === undefined) throw new RexError('NOT_FOUND', 'This desk has no directory.')
      await lease.fence()
      // Publish an earlier rotation first: the gateway follows only the rotations in a statement, and a statement has only the
      // latest 16.
      await publisher.statement()
      const before = localSigner(keyring.keys.entitySeed).key
      const next = await nextEntityKey(keyring.keys, this.#desk.time.date())
      await publisher.checkRoom({ ...keyring.keys, ...next })
      await keyring.change(
        (keys) => ({ ...keys, ...next }),
        (keys) => keepFounding(keys, { ...how, signal }),
      )
      await publisher.publish().catch(notPublished)
      const { organisation } = this.#desk
      return {
        words: entityWords(organisation, localSigner(next.entitySeed).key),
        earlier: entityWords(organisation, before),
      }
    })
  }
}

function notPublished(cause: unknown): never {
  throw new RexError(
    'UNAVAILABLE',
    'The entity key is replaced here and in the backup, but the gateway has not published that yet.',
    {
      cause,
      hint: 'The desk publishes it as soon as the gateway answers. Leave it open, and do not repeat the command.',
    },
  )
}
