// Fills a directory with the content of a backup. docs/guide/rex-desk.md, "Backup and restore"
import { join } from 'node:path'
import { fileSink } from '../../backup/read.ts'
import { RexError } from '../../core/error.ts'
import { describeSystemError, isSystemError } from '../../core/system-error.ts'
import { readBounded } from '../../process/read-file.ts'
import { writeDurably } from '../keys/durable.ts'
import { type Credential, KEYSTORE_FILE } from '../keys/keystore.ts'
import { erasedFile, readErased } from '../store/keys/erased-file.ts'
import { LIST_FILE, LIST_MOST, readDeskBackup } from './contents.ts'

/**
 * Puts the files of a backup into an empty directory. `erased`: a newer list of erased threads, which is added to that of the backup; the
 * desk erases again whatever it names when its store is opened (REX-THR-073).
 * @throws RexError MALFORMED, UNSUPPORTED_VERSION, UNLOCK_FAILED, CONFIG_INVALID, STORE_FULL
 */
export async function unpackBackup(
  file: string,
  credential: Credential,
  { into, erased }: { readonly into: string; readonly erased?: string | undefined },
): Promise<void> {
  const newer = erased === undefined ? [] : readErased(await listAt(erased))
  const { keystore } = await readDeskBackup(file, credential, (name) => fileSink(join(into, name)))
  await writeDurably(join(into, KEYSTORE_FILE), keystore)
  if (newer.length === 0) return
  const list = erasedFile(join(into, LIST_FILE))
  const known = list.read()
  const ids = new Set(known.map(({ id }) => id))
  list.write([...known, ...newer.filter(({ id }) => !ids.has(id))])
}

async function listAt(path: string): Promise<string> {
  const bytes = await readBounded(path, { path, limit: LIST_MOST }).catch((cause: unknown) => {
    if (!isSystemError(cause)) throw cause
    throw new RexError(
      'CONFIG_INVALID',
      `The list of erased referrals cannot be read. ${describeSystemError(cause)}`,
      {
        cause,
        hint: 'Give the `desk.db.erased` of the lost desk, or leave this option out.',
      },
    )
  })
  const text = bytes.toString('latin1')
  if (text !== '' && readErased(text).length === 0)
    throw new RexError('CONFIG_INVALID', `${path} is no list of erased referrals.`, {
      hint: 'Give the `desk.db.erased` of the lost desk, or leave this option out.',
    })
  return text
}
