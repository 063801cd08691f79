// Reads and checks referral files. docs/guide/rex-desk.md, "Referral files"
import { type FileHandle, open } from 'node:fs/promises'
import { readPresets } from '../../client/local-config.ts'
import { RexError } from '../../core/error.ts'
import { readJson } from '../../core/input/json.ts'
import {
  type Draft,
  type Expansion,
  expandPresets,
  parseReferral,
  type Referral,
} from '../../core/referral/index.ts'
import { readBounded } from '../../process/read-file.ts'
import { progressOn } from '../output/progress.ts'
import type { Shell } from '../shell.ts'
import { INPUT, inputText, readInput } from './text.ts'

/** A referral that is ready to sign, and the presets that it used. */
export interface ReadReferral {
  /** The referral as written, with the names of presets. */
  readonly draft: Draft
  readonly referral: Referral
  readonly explained: Expansion['explained']
  /** Lossless changes that were made to the draft. */
  readonly notices: Expansion['notices']
}

/** Reads a file as text, with a progress bar on a terminal. `-` means standard input. */
export async function readSource(shell: Shell, file: string, limit = INPUT.limit): Promise<string> {
  if (file === '-') return await readInput(shell, 'FILE -')
  const bounds = { ...INPUT, limit }
  await using opened = await open(file, 'r')
  const { size } = await opened.stat()
  const progress = progressOn(shell.stderr, size)
  try {
    return inputText(
      await readBounded(
        counted(opened, (done) => progress.at('Reading', done, size)),
        bounds,
      ),
      bounds,
    )
  } finally {
    progress.end()
  }
}

async function* counted(file: FileHandle, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const chunk of file.createReadStream({ autoClose: false })) {
    done += (chunk as Uint8Array).length
    onRead(done)
    yield chunk as Uint8Array
  }
}

/**
 * Reads a whole referral, and expands the built-in presets and those of the desk (in `dir`).
 * @throws RexError MALFORMED, INVALID_REFERRAL with the path of the field, CONFIG_INVALID for the presets
 */
export async function readReferral(shell: Shell, file: string, dir: string): Promise<ReadReferral> {
  const draft = readJson(await readSource(shell, file))
  const { referral, explained, notices } = expandPresets(draft, await readPresets(dir))
  return { draft: draft as Draft, referral: parseReferral(referral), explained, notices }
}

/** Reads a file with sections of a referral. The sections are checked when they are sent. @throws RexError MALFORMED, INVALID_REFERRAL */
export async function readSections(shell: Shell, file: string): Promise<Partial<Referral>> {
  const value = readJson(await readSource(shell, file))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RexError('INVALID_REFERRAL', 'The file has no sections.', {
      hint: 'Write an object such as {"people": […]}.',
    })
  return value
}
