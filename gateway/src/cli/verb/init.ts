// rex-gateway init: creates a gateway and prints the next steps. docs/guide/gateway.md, "First steps"
import { initGateway } from '@rex/gateway'
import type { CommonOptions } from '../options.ts'
import { print, printJson, strong, time } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly organisation: string
  readonly listen: string
  readonly endpoint?: string
}

export async function init({ dir, json, organisation, listen, endpoint }: Options): Promise<void> {
  const { config, token } = await initGateway({ directory: dir, organisation, listen, endpoint })
  if (json) return printJson({ directory: dir, organisation, listen: config.listen, ...token })
  print(`The gateway of ${organisation} is ready in ${dir}.`)
  print('')
  print(`${strong('Next')}  rex-gateway start --dir ${dir}`)
  if (token === undefined) return print(`      rex-gateway token --dir ${dir}`)
  print(`      rex-desk init, with this token (valid for one desk, until ${time(token.expiresMs)} UTC):`)
  print('')
  print(token.token)
}
