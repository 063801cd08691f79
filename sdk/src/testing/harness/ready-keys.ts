// Setup of all tests: RSA keys for certificates are generated once per run and shared by all test files, which would otherwise spend most of their
// time on generating keys. Within a file each key is used only once. The keys are of the same kind as in the product.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject, vi } from 'vitest'

/** Number of keys that the test file has used. Global, because the modules of an earlier test file may remain loaded in the same worker. */
const worker = Object.assign(globalThis, { keysGiven: 0 })

vi.mock('../../core/pki/key.ts', async (original) => {
  const key = await original<typeof import('../../core/pki/key.ts')>()
  const folder = inject('readyKeys')

  async function generateRsaKey(): Promise<string> {
    const file = join(folder, `${worker.keysGiven++}.pem`)
    if (existsSync(file)) return readFileSync(file, 'utf8')
    const made = await key.generateRsaKey()
    const own = `${file}.${process.pid}.${process.hrtime.bigint()}`
    writeFileSync(own, made, { mode: 0o600 })
    renameSync(own, file)
    return made
  }

  return { ...key, generateRsaKey }
})
