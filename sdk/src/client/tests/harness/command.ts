// Runs `rex-desk` at the desk of a party. docs/guide/rex-desk.md
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, runDesk } from '../../../testing/harness/commands.ts'
import { openAgain, PASSPHRASE, type Party } from './parties.ts'

/** Runs a verb of `rex-desk` at the desk of a party. The desk is closed while the verb runs. */
export async function runAt(party: Party, ...words: string[]): Promise<Ended> {
  await party.desk[Symbol.asyncDispose]()
  const passphrase = join(party.directory, 'passphrase')
  writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 })
  const where = ['--dir', join(party.directory, 'desk'), '--passphrase-file', passphrase]
  const ended = await runDesk([...words, ...where])
  party.desk = await openAgain(party.directory)
  return ended
}
