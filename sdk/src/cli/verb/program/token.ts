// `rex-desk token`: make, list and revoke tokens of the running service. docs/guide/service.md, "Tokens"

import { Argument, Command, InvalidArgumentError } from 'commander'
import { SCOPES, type Scope } from '../../../service/access/caller.ts'
import type { TokenInfo } from '../../../service/access/tokens.ts'
import { UsageError } from '../../exit.ts'
import { type TypedTime, time, tokenName } from '../../input/parsers.ts'
import { t } from '../../language/language.ts'
import { good, type Line, name } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say, show, showJson } from '../../shell.ts'

interface TokenOptions extends Settings {
  readonly scope?: readonly Scope[]
  readonly expires?: TypedTime
}

/** How long a token lasts by default. */
const YEAR = '365d'

export function token(shell: Shell): Command {
  const command = new Command('token')
    .summary('make, list or revoke tokens for programs that use the service over an address')
    .description(
      'Makes a token, prints it once, and keeps only its digest; lists the tokens that are valid; or revokes one at once. ' +
        'A service must be running (`rex-desk serve`), and only the owner of the desk can do this.',
    )
    .addArgument(new Argument('<what>', 'what to do').choices(['add', 'list', 'revoke']))
    .argument('[name]', 'name of the token', tokenName)
    .option('--scope <scopes>', `with add: what it may do: ${SCOPES.join(', ')}`, scopes)
    .option('--expires <time>', `with add: its end, such as 2027-03-04 or 90d (default: ${YEAR})`, time)
    .addHelpText(
      'after',
      example(
        'rex-desk token add case-system --scope read,send --expires 90d',
        'rex-desk token revoke case-system',
      ),
    )
    .action((what: string, named?: string) => run(shell, { what, named }, command.optsWithGlobals()))
  return command
}

async function run(
  shell: Shell,
  { what, named }: { readonly what: string; readonly named: string | undefined },
  settings: TokenOptions,
): Promise<void> {
  const { tokensAt } = await import('../../../service/index.ts')
  const tokens = tokensAt(settings.dir)
  if (what === 'list') {
    const all = await tokens.list()
    if (settings.json === true) for (const info of all) showJson(shell, info)
    else show(shell, all.length === 0 ? [t`There are no tokens.`] : all.map(lineOf))
    return
  }
  if (named === undefined)
    throw new UsageError('The token has no name.', `Write it like: rex-desk token ${what} case-system`)
  if (what === 'revoke') {
    await tokens.revoke(named)
    answer(shell, settings, { value: { revoked: named }, lines: [[good(t`Revoked: ${named}.`)]] })
    return
  }
  const { scope, expires } = settings
  if (scope === undefined)
    throw new UsageError('The token has no scope.', `Add --scope, such as --scope read,send.`)
  const { ms: expiresMs } = expires ?? time(YEAR)
  const made = await tokens.add({ name: named, scopes: scope, expiresMs })
  if (settings.json !== true) say(shell, [t`Keep it now: it cannot be shown again.`])
  answer(shell, settings, { value: { name: named, scopes: scope, expiresMs, token: made }, lines: [made] })
}

function lineOf({ name: named, scopes: may, expiresMs }: TokenInfo): Line {
  return [name(named), `  ${may.join(', ')}  ${t`until ${localTime(expiresMs)}`}`]
}

function scopes(value: string): Scope[] {
  const named = [...new Set(value.split(','))]
  const unknown = named.find((text) => !SCOPES.includes(text as Scope))
  if (unknown === undefined) return named as Scope[]
  throw new InvalidArgumentError(`Write one or several of ${SCOPES.join(', ')}, with commas.`)
}
