// The receipt key, and the next receipt key until the organisation's statement lists it. docs/spec/identity.md, REX-ID-074
import { randomBytes } from 'node:crypto'
import { access, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  changingSigner,
  type DatedKey,
  fromBase64url,
  kid,
  localSigner,
  type Signer,
  toBase64url,
} from '@rex/sdk/core'
import { readKey, syncDirectory, writeSecret } from './files.ts'
import { createTurns } from './turns.ts'

const NEXT = 'receipt.next.key'

/** The receipt keys of a gateway. */
export interface ReceiptKeys {
  /** Signs with the key in use. */
  readonly signer: Signer
  /** Returns the key that the organisation's statement must list: the next key if there is one. Ed25519 public key (32 bytes). */
  named(): Uint8Array
  /** Returns the key in use. Ed25519 public key (32 bytes). */
  used(): Uint8Array
  /** Makes the next key, unless there already is one. Returns its name, the base64url thumbprint. */
  rotate(): Promise<string>
  /**
   * Handles the receipt keys in the published statement. If the statement lists the next key, uses it from now on. If the statement
   * revokes the key in use, as after a restore, makes a next key. Returns whether a key was made.
   */
  published(receiptKeys: readonly DatedKey[] | undefined): Promise<boolean>
}

/** Reads the keys. `path` is the file of the key in use. @throws RexError CONFIG_INVALID */
export async function openReceiptKeys(path: string): Promise<ReceiptKeys> {
  const nextPath = join(dirname(path), NEXT)
  const used = changingSigner(await read(path))
  let next = (await exists(nextPath)) ? await read(nextPath) : undefined
  const inTurn = createTurns()

  return {
    signer: used,
    named: () => pointOf(next ?? used),
    used: () => pointOf(used),
    rotate: () =>
      inTurn(async () => {
        next ??= await made()
        return kid(next.key)
      }),
    published: (receiptKeys = []) =>
      inTurn(async () => {
        const named = receiptKeys.find(({ jwk }) => jwk.x === (next ?? used).key.x)
        if (named === undefined) return false
        if (named.revoked !== undefined) {
          next = await made()
          return true
        }
        if (next === undefined) return false
        await rename(nextPath, path)
        await syncDirectory(path)
        used.use(next)
        next = undefined
        return false
      }),
  }

  async function made(): Promise<Signer> {
    const seed = randomBytes(32)
    await writeSecret(nextPath, toBase64url(seed))
    return localSigner(seed)
  }
}

function read(path: string): Promise<Signer> {
  return readKey(path, (text) => localSigner(fromBase64url(text.trim(), 'receipt key')))
}

function pointOf({ key }: Signer): Uint8Array {
  return fromBase64url(key.x, 'receipt key')
}

/** Returns whether there is a file at this path. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
