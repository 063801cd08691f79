// rex-gateway restore: restores a backup, or completes a restore in which the operator copied the store's files.
// docs/guide/gateway.md, "Backup"
import { readConfig, restoreBackup, restoreGateway } from '@rex/gateway'
import { type KitOptions, readKitWords } from '../kit-words.ts'
import type { CommonOptions } from '../options.ts'
import { print, printJson, strong, time } from '../terminal.ts'

/**
 * Restores a gateway from a backup, or marks the store as incomplete, so that the desk and other gateways
 * send the lost mail again.
 */
export async function restore(file: string | undefined, options: CommonOptions & KitOptions): Promise<void> {
  const { dir, json } = options
  const made =
    file === undefined ? undefined : await restoreBackup(dir, { file, kit: await readKitWords(options) })
  if (made === undefined) await restoreGateway(await readConfig(dir))
  if (json) return printJson({ restored: true, ...made })
  if (made !== undefined)
    print(`The gateway of ${made.organisation} is in ${dir} again, as of ${time(made.createdMs)}.`)
  print('Your desk and the other gateways will send the lost mail again.')
  if (made !== undefined)
    print('If this computer has another address, change `listen` and `endpoints` in gateway.json.')
  print(`${strong('Next')}  rex-gateway start --dir ${dir}`)
}
