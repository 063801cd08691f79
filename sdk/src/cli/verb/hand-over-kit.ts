// Shows or writes a recovery kit: in files that only their user can read, or on a terminal, but never through a pipe or a log (T-119).
// docs/guide/rex-desk.md, "Recovery kit"

import { rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { look } from '../../client/keys/durable.ts'
import { RexError } from '../../core/error.ts'
import { inEnglish } from '../language/language.ts'
import { saveNew } from '../output/save.ts'
import { given, type Settings } from '../settings.ts'
import { type Shell, show } from '../shell.ts'
import { kitLines } from '../view/kit/lines.ts'
import { kitPage } from '../view/kit/page.ts'

/** Options that state where a kit is written. */
export interface KitOptions {
  readonly kitPage?: string
  readonly kitFile?: string
}

/** Adds the options `--kit-page` and `--kit-file` to a verb. `file`: the help text of `--kit-file`. */
export function kitOptions(command: Command, file: string): Command {
  return command
    .option('--kit-page <file>', 'write the new recovery kit to a page to print, instead of showing it')
    .option('--kit-file <file>', file)
}

/** Whether the kit is shown, because no file was given and a person reads the output. */
export function isShown(shell: Shell, options: Settings & KitOptions): boolean {
  return filesOf(options).length === 0 && options.json !== true && shell.stdout.isTTY === true
}

/** Whether the kit is shown or written to a file. */
export function isHandedOver(shell: Shell, options: Settings & KitOptions): boolean {
  return isShown(shell, options) || filesOf(options).length > 0
}

/** Checks the files for a kit before the kit is made. @throws RexError ALREADY_EXISTS */
export async function checkKitFiles(options: KitOptions): Promise<void> {
  for (const path of filesOf(options))
    if ((await look(path)) !== undefined)
      throw new RexError('ALREADY_EXISTS', `There is already a file ${path}.`, {
        hint: 'Choose another name.',
      })
}

/** Shows a kit, or writes it to files and returns their paths. After a failure no file is left. @throws the errors of saving */
export async function handOverKit(
  shell: Shell,
  kit: readonly string[],
  options: Settings & KitOptions & { readonly organisation?: string },
): Promise<string[]> {
  if (isShown(shell, options)) show(shell, kitLines(kit))
  const { kitPage: page, kitFile: file, organisation } = options
  const made: string[] = []
  const save = async (path: string, content: string) => {
    await saveNew(path, content)
    made.push(path)
  }
  try {
    if (page !== undefined)
      await save(
        page,
        inEnglish(() => kitPage({ kit, now: shell.now(), ...given({ organisation }) })),
      )
    if (file !== undefined) await save(file, `${kit.join(' ')}\n`)
  } catch (error) {
    await removeKit(made)
    throw error
  }
  return made
}

/** Removes the files of a kit that is not valid. `paths` must name only files that this command has made. */
export async function removeKit(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true })
}

/** Returns the paths of the kit's files, for the answer of a verb. */
export function keptIn({ kitPage, kitFile }: KitOptions): object {
  return given({ kitPage, kitFile })
}

function filesOf({ kitPage, kitFile }: KitOptions): string[] {
  return [kitPage, kitFile].filter((path) => path !== undefined)
}
