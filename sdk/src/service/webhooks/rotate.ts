// Replaces the secret of a webhook in `webhooks.json`. docs/guide/service.md, "Webhooks"
import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RexError } from '../../core/error.ts'
import { readWebhooks, WEBHOOKS_FILE, type Webhook } from './config.ts'
import { noWebhook } from './webhooks.ts'

const BYTES = 32

/**
 * Adds a new secret as the first or, with `finish`, removes the previous secret. Returns the first secret. The service
 * reads the changed file when it next starts. A repeated call drops no secret that the receiver may still need.
 * @throws RexError NOT_FOUND, CONFIG_INVALID
 */
export async function rotateSecret(
  directory: string,
  name: string,
  { finish = false }: { readonly finish?: boolean } = {},
): Promise<string> {
  const webhooks = await readWebhooks(directory)
  const hook = webhooks.find((one) => one.name === name)
  if (hook === undefined) throw noWebhook()
  const [current = '', former] = hook.secrets
  if (!finish && former !== undefined)
    throw new RexError('CONFIG_INVALID', 'The webhook has two secrets already.', {
      hint: 'Once the receiver knows the first, remove the second: add --finish.',
    })
  const secrets = finish ? [current] : [`whsec_${randomBytes(BYTES).toString('base64')}`, current]
  await replace(
    directory,
    webhooks.map((one) => (one === hook ? { ...hook, secrets } : one)),
  )
  return secrets[0] as string
}

/** Writes the file completely or not at all, readable only by its owner. */
async function replace(directory: string, webhooks: readonly Webhook[]): Promise<void> {
  const path = join(directory, WEBHOOKS_FILE)
  const next = `${path}.new`
  await rm(next, { force: true })
  await writeFile(next, `${JSON.stringify({ webhooks }, undefined, 2)}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  })
  await rename(next, path)
}
