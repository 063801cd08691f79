// rex-gateway rotate: replaces a key of the gateway. docs/guide/gateway.md, "Keys that change"
import { RotatedKey, type RotateResponse } from '@rex/proto/admin/v1/admin'
import { askGateway } from '../../operator.ts'
import type { CommonOptions } from '../../options.ts'
import { print, printJson } from '../../terminal.ts'

const KEYS = {
  receipt: RotatedKey.RECEIPT,
  certificate: RotatedKey.CERTIFICATE,
  authority: RotatedKey.AUTHORITY,
} as const

/** Replaces one key. */
export async function rotate(
  which: keyof typeof KEYS,
  { dir, json, anyway = false }: CommonOptions & { readonly anyway?: boolean },
): Promise<void> {
  const answer = await askGateway(dir, (gateway) => gateway.rotate({ key: KEYS[which], anyway }))
  const { key } = answer
  if (which === 'authority') return authority(answer, json)
  if (json) return printJson({ rotated: which, key })
  if (which === 'certificate')
    return print(`The certificate has a new key, ${key}. Nobody has to do anything.`)
  print(
    `The next receipt key is ${key}. It signs as soon as your desk has published it: within seconds if it is open.`,
  )
}

function authority({ key, done, waiting }: RotateResponse, json: boolean | undefined): void {
  if (json) {
    printJson({ rotated: 'authority', key, done, waiting })
    return
  }
  if (done) {
    print(`The authority is now ${key}. Back up the keys now: earlier backups have only the one before.`)
    if (waiting.length > 0) print(`Lost the connection, and need a new invite: ${waiting.join(', ')}.`)
    return
  }
  print(
    `The next authority is ${key}. It takes over when you run this command again, once all partners know it.`,
  )
  print(
    waiting.length === 0
      ? 'All know it.'
      : `Do not know it yet, or cannot be reached: ${waiting.join(', ')}. Your own organisation in this list means your desk: open it.`,
  )
}
