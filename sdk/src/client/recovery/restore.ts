// Recovers a desk: restores it with a new chain, or enrols it again with a new certificate. docs/guide/desk.md, "Restore"
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { newDirectory } from '../../backup/new-directory.ts'
import { RexError } from '../../core/error.ts'
import { epochAt } from '../../core/identity/epoch.ts'
import { checkOptions } from '../api/options.ts'
import { unpackBackup } from '../backup/unpack.ts'
import { type Enrolled, type Enrolling, enrol, parseToken } from '../gateway/enrol.ts'
import { checkRoom } from '../keys/durable.ts'
import {
  type Credential,
  type FoundingKeys,
  openFounding,
  readKeystore,
  unlockKeystore,
} from '../keys/keystore.ts'
import { openRotatingKeys, type RotatingKeys, writeRotatingKeys } from '../keys/rotating-keys.ts'
import { openSqliteDeskStore, STORE_FILE } from '../store/sqlite.ts'
import type { DeskStore } from '../store/store.ts'

/** Options of `restoreDesk`. */
export type RestoreDesk = Credential & {
  /** Desk directory. Without `backup`, it must contain the keystore and the desk store; with `backup`, it must be empty or absent. */
  readonly directory: string
  /** Enrolment token of the desk's gateway. Required if the rotating keys are missing, which is the case after restoring from a backup. */
  readonly token?: string
  /** Backup file. Default: none, because the directory already contains the files. */
  readonly backup?: string
  /** With `backup`: a newer list of erased threads, which is `desk.db.erased` of the lost desk. Default: the list in the backup. */
  readonly erased?: string
}

/** Options of `enrolDesk`. */
export interface EnrolDesk {
  readonly directory: string
  readonly passphrase: string
  readonly token: string
}

/**
 * Restores a desk, which begins a new chain (REX-THR-028). The next `connect` takes the mailbox from the previous desk store and informs the other
 * side of every thread. The other side then resends the messages that this desk lacks. A restore from a backup file creates either the complete
 * directory or nothing. After a failure it can be repeated, with a new token if the first token was used.
 * @throws RexError NOT_FOUND, ALREADY_EXISTS, UNLOCK_FAILED, STORE_IN_USE, TOKEN_INVALID, PEER_MISMATCH, UNAVAILABLE; with a backup also MALFORMED,
 * UNSUPPORTED_VERSION, STORE_FULL, CONFIG_INVALID
 */
export async function restoreDesk(options: RestoreDesk): Promise<{ organisation: string }> {
  const { directory, token, backup, erased, ...credential } = checkOptions('restoreDesk', options)
  if (backup === undefined) return await beginAnew(directory, credential as Credential, token)
  if (token === undefined) throw tokenNeeded()
  return await newDirectory(directory, async (beside) => {
    await unpackBackup(backup, credential as Credential, { into: beside, erased })
    return await beginAnew(beside, credential as Credential, token)
  })
}

async function beginAnew(
  directory: string,
  credential: Credential,
  token: string | undefined,
): Promise<{ organisation: string }> {
  const { founding } = await unlockKeystore(await readKeystore(directory), credential)
  await withClosedDesk(
    directory,
    async (store) => {
      const before = await currentBefore(directory, founding)
      const { gateways, tls } = await enrolledAs(founding, before, { directory, token, purpose: 'restore' })
      const resumes = before === undefined ? {} : { previousChain: before.chain }
      const current = { ...(before ?? newSeeds()), gateways, tls, chain: randomBytes(16), resumes }
      await writeRotatingKeys(directory, current, founding.archiveKey)
      await store.beginAnew()
    },
    LOST_KEYS,
  )
  return { organisation: founding.organisation }
}

/**
 * Enrols a desk again with a new certificate key, for example after its certificate has expired or its gateway has
 * moved. Changes nothing else.
 * @throws RexError NOT_FOUND, UNLOCK_FAILED, STORE_IN_USE, TOKEN_INVALID, PEER_MISMATCH, UNAVAILABLE
 */
export async function enrolDesk(options: EnrolDesk): Promise<{ organisation: string }> {
  const { directory, passphrase, token } = checkOptions('enrolDesk', options)
  const founding = await openFounding(directory, passphrase)
  await withClosedDesk(directory, async () => {
    const before = await openRotatingKeys(directory, founding.archiveKey)
    const { gateways, tls } = await enrolledAs(founding, before, { directory, token, purpose: 'again' })
    await writeRotatingKeys(directory, { ...before, gateways, tls }, founding.archiveKey)
  })
  return { organisation: founding.organisation }
}

/** A desk that has lost thread keys refuses to open, and its hint says to restore. So a restore must continue with the remaining keys. */
const LOST_KEYS = { acceptLostKeys: true }

/** Makes new seeds. Backups contain no seeds, so the desk cannot know which keys were derived from the lost seeds (REX-ID-035). */
function newSeeds(): Pick<RotatingKeys, 'epochs' | 'seedsSince'> {
  const epoch = epochAt(Date.now())
  return { epochs: { epoch, seed: randomBytes(32) }, seedsSince: epoch }
}

/** Locks the desk store during the work, so that no other process changes the keys. */
async function withClosedDesk(
  directory: string,
  work: (store: DeskStore) => Promise<void>,
  options: { readonly acceptLostKeys?: boolean } = {},
): Promise<void> {
  await using store = openSqliteDeskStore(join(directory, STORE_FILE), options)
  await work(store)
}

/** Returns the current rotating keys, if they exist and are intact. */
function currentBefore(directory: string, { archiveKey }: FoundingKeys): Promise<RotatingKeys | undefined> {
  return openRotatingKeys(directory, archiveKey).catch((error: unknown) => {
    if (RexError.is(error, 'NOT_FOUND') || RexError.is(error, 'STORE_FAILED')) return undefined
    throw error
  })
}

async function enrolledAs(
  { organisation, entitySeed, rotations }: FoundingKeys,
  before: RotatingKeys | undefined,
  {
    directory,
    token,
    purpose,
  }: { directory: string; token: string | undefined } & Pick<Enrolling, 'purpose'>,
): Promise<Pick<Enrolled, 'gateways' | 'tls'>> {
  if (token === undefined && before !== undefined) return before
  if (token === undefined) throw tokenNeeded()
  const { organisation: named } = parseToken(token)
  // Check this before the token is used up, so that the token stays valid for its organisation.
  if (named !== organisation)
    throw new RexError('PEER_MISMATCH', `The token is for ${named}.`, {
      hint: `Ask the operator of your own gateway for a token for ${organisation}.`,
    })
  await checkRoom(directory)
  return enrol(token, { purpose, entitySeed, ...(rotations && { rotations }) })
}

function tokenNeeded(): RexError {
  return new RexError(
    'TOKEN_INVALID',
    'The desk needs an enrolment token: its certificate is not in the backup.',
  )
}
