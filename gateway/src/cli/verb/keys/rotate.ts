// rex-gateway rotate: replaces a key of the gateway. docs/guide/gateway.md, "Keys that change"
import { RotatedKey } from '@rex/proto/admin/v1/admin'
import { askGateway } from '../../operator.ts'
import type { CommonOptions } from '../../options.ts'
import { print, printJson } from '../../terminal.ts'

const KEYS = { receipt: RotatedKey.RECEIPT, certificate: RotatedKey.CERTIFICATE } as const

/** Replaces one key. */
export async function rotate(which: keyof typeof KEYS, { dir, json }: CommonOptions): Promise<void> {
  const { key } = await askGateway(dir, (gateway) => gateway.rotate({ key: KEYS[which] }))
  if (json) return printJson({ rotated: which, key })
  if (which === 'certificate')
    return print(`The certificate has a new key, ${key}. Nobody has to do anything.`)
  print(
    `The next receipt key is ${key}. It signs as soon as your desk has published it: within seconds if it is open.`,
  )
}
