// Reads and checks the small files of a gateway's backup: configuration and matching keys. docs/guide/gateway.md, "Backup"
import { damagedBackup } from '@rex/sdk/backup'
import { RexError, readJson } from '@rex/sdk/core'
import { CONFIG_FILE, FILES, parseConfig } from '../config/config.ts'
import { checkKeys } from '../trust/keys.ts'
import { SMALL } from './contents.ts'

/**
 * Reads the small files, by name. If certificate and key do not match, reads them once more, because they may not match for a moment
 * while the key is being replaced.
 * @throws RexError CONFIG_INVALID if they still do not match, and errors of `read`
 */
export async function readSmall(
  organisation: string,
  read: (name: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const attempt = async () => {
    const small = new Map<string, string>()
    for (const name of SMALL) small.set(name, await read(name))
    checkSmall(organisation, small)
    return small
  }
  try {
    return await attempt().catch(attempt)
  } catch (cause) {
    if (!RexError.is(cause, 'MALFORMED')) throw cause
    throw new RexError(
      'CONFIG_INVALID',
      'The key files of the gateway are damaged or do not match each other.',
      {
        cause,
        hint: 'There is no new backup. If the gateway runs, repeat the command; otherwise start it, which ends an interrupted change of keys. If it does not start, restore the keys from an earlier backup.',
      },
    )
  }
}

/** Checks configuration and keys of a backup. @throws RexError MALFORMED, CONFIG_INVALID */
export function checkSmall(organisation: string, small: ReadonlyMap<string, string>): void {
  const content = (name: string): string => {
    const text = small.get(name)
    if (text === undefined) throw damagedBackup(new Error(`${name} is missing.`))
    return text
  }
  const config = parseConfig(readJson(content(CONFIG_FILE)))
  if (config.organisation !== organisation) throw damagedBackup(new Error('It names two organisations.'))
  try {
    checkKeys(organisation, (file) => content(`${FILES.keys}/${file}`))
  } catch (cause) {
    throw RexError.is(cause, 'CONFIG_INVALID') ? cause : damagedBackup(cause)
  }
}
