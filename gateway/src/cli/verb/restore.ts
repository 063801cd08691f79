// rex-gateway restore: run after restoring the store from a backup. docs/guide/gateway.md, "Files"
import { readConfig, restoreGateway } from '@rex/gateway'
import type { CommonOptions } from '../options.ts'
import { print, printJson, strong } from '../terminal.ts'

/** Marks the store as incomplete, so that the desk and other gateways send again. */
export async function restore({ dir, json }: CommonOptions): Promise<void> {
  await restoreGateway(await readConfig(dir))
  if (json) return printJson({ restored: true })
  print('Your desk and the other gateways will send the lost mail again.')
  print(`${strong('Next')}  rex-gateway start --dir ${dir}`)
}
