// The local configuration: strictly validated files in the desk directory. docs/guide/desk.md, "Local configuration"
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { RexError } from '../core/error.ts'
import { readJson } from '../core/input/json.ts'
import { type Presets, parsePresets } from '../core/referral/index.ts'
import { type Needs, parseNeeds } from '../core/referral/needs.ts'
import { readBounded } from '../process/read-file.ts'
import { parseRetention, type RetentionRules } from './retention-rules.ts'

const RETENTION_FILE = 'retention.json'
const PRESETS_FILE = 'presets.json'
/** File name of the organisation's needs. */
export const NEEDS_FILE = 'needs.json'
/** Names of all local configuration files. */
export const LOCAL_FILES = [RETENTION_FILE, PRESETS_FILE, NEEDS_FILE] as const
const BOUNDS = { path: 'The file', limit: 262_144 }

/** Reads the presets of a desk directory. Without the file there are none. @throws RexError CONFIG_INVALID with the field */
export async function readPresets(directory: string): Promise<Presets> {
  const path = join(directory, PRESETS_FILE)
  // Every send reads the presets, and the error for a file that is missing costs more than looking for the file first.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return {}
  return (await readOwn(path, parsePresets).catch(noFile)) ?? {}
}

/** Reads the retention rules of a desk directory. @throws RexError CONFIG_INVALID with the field */
export function readRetention(directory: string): Promise<RetentionRules | undefined> {
  return readOwn(join(directory, RETENTION_FILE), parseRetention).catch(noFile)
}

/** Reads the needs of a desk directory, for publication. @throws RexError CONFIG_INVALID with the field */
export function readNeeds(directory: string): Promise<Needs | undefined> {
  return readOwn(join(directory, NEEDS_FILE), parseNeeds).catch(noFile)
}

/**
 * Reads and validates one file. @throws RexError CONFIG_INVALID with the field; LIMIT_EXCEEDED if the file is too large (REX-ENC-037); the
 * system's error if the file cannot be read
 */
export async function readOwn<T>(path: string, parse: (value: unknown) => T): Promise<T> {
  const bytes = await readBounded(path, { ...BOUNDS, path })
  try {
    return parse(readJson(bytes, BOUNDS))
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
