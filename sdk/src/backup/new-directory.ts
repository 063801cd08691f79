// A directory that appears whole or not at all: filled beside its place, then given its name. docs/adr/0033
import { open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { RexError } from '../core/error.ts'
import { makeOwnDirectory } from '../process/directory.ts'
import { refused } from './new-file.ts'

/** Added to the name while the directory is filled. */
const PART = '.restoring'

/**
 * Makes a directory that only its owner can read. What an interrupted attempt left is removed. If `fill` throws, nothing is left.
 * @throws RexError ALREADY_EXISTS if there is one that is not empty, STORE_FULL, CONFIG_INVALID; errors of `fill`
 */
export async function newDirectory<T>(path: string, fill: (beside: string) => Promise<T>): Promise<T> {
  const place = resolve(path)
  const found = await contentOf(place)
  if (found !== undefined && found.length > 0)
    throw new RexError('ALREADY_EXISTS', `${path} is not empty.`, {
      hint: 'Choose another directory with --dir, or move this one away.',
    })
  const beside = `${place}${PART}`
  await refused(async () => {
    await rm(beside, { recursive: true, force: true })
    await makeOwnDirectory(beside)
  })
  try {
    const result = await fill(beside)
    await refused(async () => {
      await sync(beside)
      if (found !== undefined) await rmdir(place)
      await rename(beside, place)
      await sync(dirname(place))
    })
    return result
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}

/** Undefined: there is no such directory. */
async function contentOf(path: string): Promise<string[] | undefined> {
  return await refused(() =>
    readdir(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause
      return undefined
    }),
  )
}

async function sync(path: string): Promise<void> {
  const directory = await open(path)
  await directory.sync().finally(() => directory.close())
}
