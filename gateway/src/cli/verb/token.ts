// rex-gateway token: creates an enrolment token. docs/guide/gateway.md, "Desks"

import { askGateway } from '../operator.ts'
import type { CommonOptions } from '../options.ts'
import { print, printJson, time } from '../terminal.ts'

/** Creates and prints a token. */
export async function token({
  dir,
  json,
  name = '',
}: CommonOptions & { readonly name?: string }): Promise<void> {
  const made = await askGateway(dir, (gateway) => gateway.createToken({ name }))
  if (json) return printJson(made)
  print(made.token)
  process.stderr.write(
    `Valid for one desk, until ${time(made.expiresMs)}; \`rex-gateway desks\` will list it under ${made.id}. Handle it like a key.\n`,
  )
}
