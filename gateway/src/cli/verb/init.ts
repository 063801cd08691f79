// rex-gateway init: creates a gateway and prints the next steps. docs/guide/gateway.md, "First steps"
import { initGateway, type NewGateway } from '@rex/gateway'
import { RexError } from '@rex/sdk/core'
import type { CommonOptions } from '../options.ts'
import { print, printJson, strong, time, UsageError } from '../terminal.ts'

/** Error reasons that mean that the user mistyped an address: it is not an address, or other machines cannot reach it. */
const MISTYPED: ReadonlySet<string> = new Set(['MALFORMED', 'CONFIG_INVALID'])
const TYPED = /^(organisation|listen|endpoint)/

interface Options extends CommonOptions {
  readonly organisation: string
  readonly listen: string
  readonly endpoint?: string
}

export async function init(options: Options): Promise<void> {
  const { dir, json, organisation } = options
  const { config, token } = await made(options)
  if (json) return printJson({ directory: dir, organisation, listen: config.listen, ...token })
  print(`The gateway of ${organisation} is ready in ${dir}.`)
  print('')
  print(`${strong('Next')}  rex-gateway start --dir ${dir}`)
  if (token === undefined) return print(`      rex-gateway token --dir ${dir}`)
  print(`      rex-desk init, with this token (valid for one desk, until ${time(token.expiresMs)}):`)
  print('')
  print(token.token)
}

async function made({ dir, organisation, listen, endpoint }: Options): Promise<NewGateway> {
  try {
    return await initGateway({ directory: dir, organisation, listen, endpoint })
  } catch (error) {
    const { reason, path = '' } = RexError.from(error)
    throw RexError.is(error) && MISTYPED.has(reason) && TYPED.test(path) ? new UsageError(error) : error
  }
}
