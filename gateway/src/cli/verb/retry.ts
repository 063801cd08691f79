// rex-gateway retry: skips all waits for the next attempt. docs/guide/gateway.md, "Queue"

import { askGateway } from '../operator.ts'
import type { CommonOptions } from '../options.ts'
import { print, printJson } from '../terminal.ts'

/** Retries one organisation, or all, immediately. */
export async function retry(organisation = '', { dir, json }: CommonOptions): Promise<void> {
  await askGateway(dir, (gateway) => gateway.retry({ organisation }))
  if (json) return printJson({ organisation })
  print(`Trying ${organisation || 'all organisations'} now; see \`rex-gateway peers\`.`)
}
