// Makes a desk: enrols at the own gateway with a token and creates all keys. docs/guide/desk.md, "First steps"
import { randomBytes } from 'node:crypto'
import { access, constants } from 'node:fs/promises'
import { RexError } from '../core/error.ts'
import { epochAt } from '../core/identity/epoch.ts'
import { entityWords } from '../core/identity/invite.ts'
import { nameForm } from '../core/input/name.ts'
import { localSigner } from '../core/jose/jose.ts'
import { selfTest } from '../core/self-test/self-test.ts'
import { describeSystemError } from '../core/system-error.ts'
import { makeOwnDirectory } from '../process/directory.ts'
import { checkOptions } from './api/options.ts'
import { enrol } from './gateway/enrol.ts'
import { checkRoom } from './keys/durable.ts'
import { hasKeystore, type Keys, openFounding, writeFounding, writeKeystore } from './keys/keystore.ts'
import { checkStrength } from './keys/strength.ts'

const SEED = 32

/** Parameters of a new desk. */
export interface InitDesk {
  /** Directory to create. */
  readonly directory: string
  /** Enrolment token of the own gateway. */
  readonly token: string
  /** Display name of the organisation. */
  readonly name: string
  /** It must withstand 10^10 guesses (docs/guide/rex-desk.md, "Passphrase"). */
  readonly passphrase: string
}

/**
 * Makes the desk of an organisation. The keystore is written last: an interrupted run can be repeated with a new
 * token.
 * @throws RexError ALREADY_EXISTS (also if the organisation has a desk elsewhere), STORE_FULL, TOKEN_INVALID,
 * CERTIFICATE_INVALID, UNAVAILABLE, CONFIG_INVALID, SELF_TEST_FAILED
 */
export async function initDesk(options: InitDesk): Promise<{ organisation: string; words: string[] }> {
  const { directory, token, name, passphrase } = checkOptions('initDesk', options)
  const keptName = nameForm(name)
  await checkStrength(passphrase, [keptName])
  await selfTest()
  if (await hasKeystore(directory))
    throw new RexError('ALREADY_EXISTS', `There is a desk already in ${directory}.`)
  await makeDirectory(directory)
  await checkRoom(directory)
  const made = newKeys(Date.now())
  const enrolled = await enrol(token, { purpose: 'init', entitySeed: made.entitySeed })
  const keys: Keys = { ...enrolled, name: keptName, ...made }
  await writeKeystore(directory, keys, passphrase)
  return {
    organisation: keys.organisation,
    words: entityWords(keys.organisation, localSigner(keys.entitySeed).key),
  }
}

/** Makes the directory, and checks that it is writable before the token is used. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await makeOwnDirectory(directory)
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new RexError('CONFIG_INVALID', `The desk cannot be made. ${describeSystemError(cause)}`, {
      cause,
      path: directory,
      hint: 'Choose a directory that you may write to.',
    })
  }
}

/** Encrypts the keystore under another passphrase. @throws RexError CONFIG_INVALID if the new one is weak, UNLOCK_FAILED, NOT_FOUND */
export async function changePassphrase(
  directory: string,
  passphrases: { from: string; to: string },
): Promise<void> {
  const { from, to } = checkOptions('changePassphrase', passphrases)
  checkOptions('keystore', { directory })
  await checkStrength(to)
  await writeFounding(directory, await openFounding(directory, from), to)
}

function newKeys(
  now: number,
): Pick<Keys, 'entitySeed' | 'messageSeed' | 'messageKeyMs' | 'epochs' | 'archiveKey' | 'chain'> {
  return {
    entitySeed: randomBytes(SEED),
    messageSeed: randomBytes(SEED),
    messageKeyMs: now,
    epochs: { epoch: epochAt(now), seed: randomBytes(SEED) },
    archiveKey: randomBytes(SEED),
    chain: randomBytes(16),
  }
}
