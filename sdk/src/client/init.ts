// Creates a desk: creates all keys, and enrols at the desk's gateway with a token. docs/guide/desk.md, "First steps"
import { randomBytes } from 'node:crypto'
import { access, constants, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RexError } from '../core/error.ts'
import { epochAt } from '../core/identity/epoch.ts'
import { entityWords } from '../core/identity/invite.ts'
import { nameForm } from '../core/input/name.ts'
import { localSigner } from '../core/jose/jose.ts'
import { selfTest } from '../core/self-test/self-test.ts'
import { describeSystemError } from '../core/system-error.ts'
import { makeOwnDirectory } from '../process/directory.ts'
import { checkOptions } from './api/options.ts'
import { enrol, parseToken } from './gateway/enrol.ts'
import { checkRoom } from './keys/durable.ts'
import {
  type FoundingKeys,
  hasKeystore,
  type Keys,
  openFounding,
  writeFounding,
  writeKeystore,
} from './keys/keystore.ts'
import { checkStrength } from './keys/strength.ts'

const SEED = 32
/** The subdirectory that holds the founding keys until the desk is complete. */
const BEGUN = 'begun'

/** The options of `initDesk`. */
export interface InitDesk {
  /** The directory to create. */
  readonly directory: string
  /** The enrolment token from the desk's gateway. */
  readonly token: string
  /** The display name of the organisation. */
  readonly name: string
  /** A passphrase that withstands at least 10^10 guesses (docs/guide/rex-desk.md, "Passphrase"). */
  readonly passphrase: string
}

/** The result of `initDesk`. */
export interface NewDesk {
  readonly organisation: string
  /** The six words of the organisation, which partners compare by telephone. */
  readonly words: string[]
  /** The 24 words of the recovery kit, which only `initDesk` returns. Anyone with these words and the desk directory can read everything. */
  readonly kit: string[]
}

/**
 * Creates the desk of an organisation. Writes the keystore last, so that an interrupted call can be repeated in the
 * same directory, with a new token and the same passphrase.
 * @throws RexError ALREADY_EXISTS (even if the organisation's desk is elsewhere), STORE_FULL, TOKEN_INVALID,
 * CERTIFICATE_INVALID, UNAVAILABLE, CONFIG_INVALID, SELF_TEST_FAILED
 */
export async function initDesk(options: InitDesk): Promise<NewDesk> {
  const { directory, token, name, passphrase } = checkOptions('initDesk', options)
  const keptName = nameForm(name)
  await checkStrength(passphrase, [keptName])
  await selfTest()
  if (await hasKeystore(directory))
    throw new RexError('ALREADY_EXISTS', `There is already a desk in ${directory}.`)
  await makeDirectory(directory)
  await checkRoom(directory)
  const begun = join(directory, BEGUN)
  const { organisation: named } = parseToken(token)
  const isFresh = !(await hasKeystore(begun))
  const founding = await keptFounding(begun, { organisation: named, name: keptName, passphrase })
  const { entitySeed } = founding
  const enrolled = await enrol(token, { purpose: 'init', entitySeed }).catch(async (error: unknown) => {
    // The gateway has not accepted the new identity, so nobody needs it.
    if (isFresh && !RexError.from(error).retryable) await rm(begun, { recursive: true })
    throw error
  })
  const keys: Keys = { ...founding, ...newRotating(Date.now()), ...enrolled }
  const kit = await writeKeystore(directory, keys, passphrase)
  await rm(begun, { recursive: true })
  return {
    kit,
    organisation: keys.organisation,
    words: entityWords(keys.organisation, localSigner(keys.entitySeed).key),
  }
}

/** Makes the directory, and checks that it is writable before the token is used up. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await makeOwnDirectory(directory)
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new RexError('CONFIG_INVALID', `The desk cannot be created. ${describeSystemError(cause)}`, {
      cause,
      path: directory,
      hint: 'Choose a directory that you may write to.',
    })
  }
}

/**
 * Stores the founding keys durably before they are sent to the gateway, and returns them. A repeated run thus continues with
 * the same identity, because a gateway that has accepted one identity accepts no other (REX-MBX-085). @throws RexError
 * UNLOCK_FAILED
 */
async function keptFounding(
  directory: string,
  { passphrase, ...whose }: Pick<FoundingKeys, 'organisation' | 'name'> & { readonly passphrase: string },
): Promise<FoundingKeys> {
  if (await hasKeystore(directory)) {
    const before = await openFounding(directory, passphrase).catch((cause: unknown) => {
      if (!RexError.is(cause, 'UNLOCK_FAILED')) throw cause
      throw new RexError('UNLOCK_FAILED', 'An earlier attempt to make this desk used another passphrase.', {
        cause,
        hint: `Give that one. If it is lost, remove ${directory}, and ask the operator of your gateway to revoke the desk that was begun.`,
      })
    })
    if (before.organisation === whose.organisation) return { ...before, ...whose }
  }
  const founding = { ...whose, ...newFounding(Date.now()) }
  await makeDirectory(directory)
  await writeFounding(directory, founding, passphrase)
  return founding
}

function newFounding(now: number): Omit<FoundingKeys, 'organisation' | 'name'> {
  return {
    entitySeed: randomBytes(SEED),
    messageSeed: randomBytes(SEED),
    messageKeyMs: now,
    archiveKey: randomBytes(SEED),
  }
}

function newRotating(now: number): Pick<Keys, 'epochs' | 'chain'> {
  return { epochs: { epoch: epochAt(now), seed: randomBytes(SEED) }, chain: randomBytes(16) }
}
