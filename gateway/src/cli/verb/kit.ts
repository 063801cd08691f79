// rex-gateway kit: makes the recovery kit of a gateway, which opens its backups. docs/guide/gateway.md, "Backup"
import { makeKit, readConfig } from '@rex/gateway'
import { RexError } from '@rex/sdk/core'
import { type KitOptions, saveKitWords } from '../kit-words.ts'
import type { CommonOptions } from '../options.ts'
import { print, printJson, strong, UsageError } from '../terminal.ts'

/** Shows the words on a terminal, or writes them to a file; never into a pipe or a log (T-119). */
export async function kit({
  dir,
  json,
  kitFile,
  new: replace = false,
}: CommonOptions & KitOptions & { readonly new?: boolean }): Promise<void> {
  const isShown = kitFile === undefined && json !== true && process.stdout.isTTY === true
  if (kitFile === undefined && !isShown)
    throw new UsageError(
      new RexError('CONFIG_INVALID', 'The recovery kit is not written into a pipe or a log.', {
        hint: 'Add --kit-file FILE, print the file, and delete it.',
      }),
    )
  await makeKit(await readConfig(dir), {
    replace,
    keep: async (words) => (kitFile === undefined ? show(words) : await saveKitWords(kitFile, words)),
  })
  if (json) return printJson({ made: true, kitFile })
  if (kitFile !== undefined)
    print(`The 24 words are in ${kitFile}. Print it, put it into a safe, and delete the file.`)
  print(`${strong('Next')}  rex-gateway backup --dir ${dir} FILE`)
}

function show(words: readonly string[]): void {
  print(
    'The recovery kit of this gateway. Write the words down with their numbers; they are shown only once.',
  )
  print(
    'Whoever has them and a backup has the keys of the gateway: keep them in a safe, apart from the backups.',
  )
  print('')
  for (let row = 0; row < 6; row++)
    print(
      [0, 6, 12, 18]
        .map((column) => `${`${column + row + 1}`.padStart(2)} ${words[column + row]}`.padEnd(14))
        .join('  ')
        .trimEnd(),
    )
  print('')
}
