// rex-gateway backup: makes an encrypted backup of the gateway, or checks one. docs/guide/gateway.md, "Backup"
import { backupGateway, readBackupKey, readConfig, verifyGatewayBackup } from '@rex/gateway'
import { RexError } from '@rex/sdk/core'
import { type KitOptions, readKitWords } from '../kit-words.ts'
import type { CommonOptions } from '../options.ts'
import { print, printJson, strong, time } from '../terminal.ts'

interface BackupOptions extends CommonOptions, KitOptions {
  readonly overwrite?: boolean
  readonly verify?: boolean
}

export async function backup(file: string, options: BackupOptions): Promise<void> {
  const { dir, json, overwrite, verify } = options
  if (verify === true) return await check(file, options)
  await backupGateway({ directory: dir, file, overwrite })
  if (json) return printJson({ file })
  print(`Saved as ${file}. Keep it on another computer.`)
  print(`${strong('Next')}  rex-gateway backup --verify ${file}`)
}

async function check(file: string, options: BackupOptions): Promise<void> {
  const kit = (await ownKey(options)) ?? (await readKitWords(options))
  const found = await verifyGatewayBackup({ file, kit })
  if (options.json) return printJson({ verified: true, file, ...found })
  print(
    'Intact: every byte is as it was written, the keys match each other, and every content matches its checksum.',
  )
  print(
    `The gateway of ${found.organisation}, backed up ${time(found.createdMs)}, ${Math.ceil(found.bytes / 1024)} KiB.`,
  )
  print(`Waiting for the desk: ${found.mailbox}. Waiting for other gateways: ${found.outbox}.`)
}

/**
 * Returns the key in the gateway's directory. Undefined if there is none, so that the 24 words are needed.
 */
async function ownKey({ dir, kitFile }: BackupOptions): Promise<Uint8Array | undefined> {
  if (kitFile !== undefined) return undefined
  try {
    return await readBackupKey(await readConfig(dir))
  } catch (error) {
    if (RexError.is(error, 'CONFIG_INVALID') || RexError.is(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
