// The organisation's own settings: files of the desk directory, checked strictly. docs/guide/desk.md, "Local configuration"
import { join } from 'node:path'
import { RexError } from '../core/error.ts'
import { readJson } from '../core/input/json.ts'
import { type Presets, parsePresets } from '../core/referral/index.ts'
import { type Needs, parseNeeds } from '../core/referral/needs.ts'
import { readBounded } from '../process/read-file.ts'
import { parseRetention, type RetentionRules } from './retention-rules.ts'

const RETENTION_FILE = 'retention.json'
const PRESETS_FILE = 'presets.json'
/** Needs of the organisation. */
export const NEEDS_FILE = 'needs.json'
/** All files of the organisation's own settings. */
export const LOCAL_FILES = [RETENTION_FILE, PRESETS_FILE, NEEDS_FILE] as const
const BOUNDS = { path: 'The file', limit: 262_144 }

/** The presets of a desk directory; none without the file. @throws RexError CONFIG_INVALID with the field */
export async function readPresets(directory: string): Promise<Presets> {
  return (await readOwn(join(directory, PRESETS_FILE), parsePresets).catch(noFile)) ?? {}
}

/** The retention rules of a desk directory. @throws RexError CONFIG_INVALID with the field */
export function readRetention(directory: string): Promise<RetentionRules | undefined> {
  return readOwn(join(directory, RETENTION_FILE), parseRetention).catch(noFile)
}

/** The needs of a desk directory, for publication. @throws RexError CONFIG_INVALID with the field */
export function readNeeds(directory: string): Promise<Needs | undefined> {
  return readOwn(join(directory, NEEDS_FILE), parseNeeds).catch(noFile)
}

/** Reads and checks one file. @throws RexError CONFIG_INVALID with the field; the error of the system if it cannot be read */
export async function readOwn<T>(path: string, parse: (value: unknown) => T): Promise<T> {
  try {
    return parse(readJson(await readBounded(path, BOUNDS), BOUNDS))
  } catch (cause) {
    if (!RexError.is(cause)) throw cause
    const error = RexError.from(cause)
    throw new RexError('CONFIG_INVALID', `${path}: ${error.message}`, {
      cause,
      ...(error.path !== undefined && { path: error.path }),
      hint: error.hint,
    })
  }
}

function noFile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
