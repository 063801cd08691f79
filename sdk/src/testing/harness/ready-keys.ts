// Setup of all tests: RSA keys of certificates are generated once in a run, and used by every file of tests, which would else spend most of
// its time on them. Within a file each key is given out once; the keys are those that the product makes.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject, vi } from 'vitest'

vi.mock('../../core/pki/key.ts', async (original) => {
  const key = await original<typeof import('../../core/pki/key.ts')>()
  const folder = inject('readyKeys')
  let given = 0

  async function generateRsaKey(): Promise<string> {
    const file = join(folder, `${given++}.pem`)
    if (existsSync(file)) return readFileSync(file, 'utf8')
    const made = await key.generateRsaKey()
    const own = `${file}.${process.pid}.${process.hrtime.bigint()}`
    writeFileSync(own, made, { mode: 0o600 })
    renameSync(own, file)
    return made
  }

  return { ...key, generateRsaKey }
})
