// Setup of a whole run of tests: the folder of the keys that are ready, which only this user may read. It is removed at the end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    readyKeys: string
  }
}

export default function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'rex-keys-'))
  provide('readyKeys', folder)
  return () => rmSync(folder, { recursive: true })
}
