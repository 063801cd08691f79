// Creates a directory either completely or not at all: it is filled under a temporary name next to its place, then renamed. docs/adr/0033
import { lstat, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RexError } from '../core/error.ts'
import { isSystemError } from '../core/system-error.ts'
import { makeOwnDirectory } from '../process/directory.ts'
import { refused } from './new-file.ts'

/** Suffix of the name while the directory is filled. */
const PART = '.restoring'

/**
 * Creates a directory that only its owner can read. Removes what an interrupted attempt left. If `fill` throws, nothing is left. An unusable path is
 * rejected before `fill`, because `fill` may use up a token.
 * @throws RexError ALREADY_EXISTS if the directory exists and is not empty, STORE_FULL, CONFIG_INVALID; errors of `fill`
 */
export async function newDirectory<T>(path: string, fill: (beside: string) => Promise<T>): Promise<T> {
  const place = await refused(() => placeOf(path))
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
    if (found !== undefined) await refused(() => rehearse(beside, place))
    const result = await fill(beside)
    await refused(async () => {
      await sync(beside)
      await named(beside, place)
    })
    return result
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}

/** Returns the target of a link to a directory, because a rename cannot replace a link. */
async function placeOf(path: string): Promise<string> {
  const place = resolve(path)
  const isMissing = ({ code }: NodeJS.ErrnoException) => code === 'ENOENT'
  try {
    return await realpath(place)
  } catch (cause) {
    if (!isSystemError(cause) || !isMissing(cause)) throw cause
  }
  if ((await lstat(place).catch(isMissing)) !== true)
    throw new RexError('CONFIG_INVALID', `${path} is a link to a directory that does not exist.`, {
      hint: 'Create that directory, or choose another one with --dir.',
    })
  return place
}

/**
 * Tests whether the final rename is possible, before `fill` runs: replaces the existing empty directory by another empty
 * directory.
 */
async function rehearse(beside: string, place: string): Promise<void> {
  await named(beside, place).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EBUSY') throw cause
    throw new RexError('CONFIG_INVALID', `${place} is a mount point, which cannot be replaced.`, {
      cause,
      hint: `Choose a directory in it with --dir, such as ${join(place, 'restored')}.`,
    })
  })
  await makeOwnDirectory(beside)
}

/** Renames a directory to its final name, even if an empty directory has that name. */
async function named(beside: string, place: string): Promise<void> {
  await rename(beside, place)
  await sync(dirname(place))
}

/** Lists a directory. Returns undefined if there is none. */
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
