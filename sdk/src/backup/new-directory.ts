// A directory that appears whole or not at all: filled beside its place, then given its name. docs/adr/0033
import { lstat, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RexError } from '../core/error.ts'
import { isSystemError } from '../core/system-error.ts'
import { makeOwnDirectory } from '../process/directory.ts'
import { refused } from './new-file.ts'

/** Added to the name while the directory is filled. */
const PART = '.restoring'

/**
 * Makes a directory that only its owner can read. What an interrupted attempt left is removed. If `fill` throws, nothing is left. A place that
 * cannot take the directory is refused before `fill`, which may use up a token.
 * @throws RexError ALREADY_EXISTS if there is one that is not empty, STORE_FULL, CONFIG_INVALID; errors of `fill`
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

/** The directory itself, where the path is a link to one: a link cannot be replaced. */
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

/** Does with an empty directory what the end does, in place of the one that is there. */
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

/** Gives a directory its name, also in place of an empty one. */
async function named(beside: string, place: string): Promise<void> {
  await rename(beside, place)
  await sync(dirname(place))
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
