// Setup of a whole test run: makes the folder for the pregenerated keys, which only this user may read, and removes it at the end.
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
  // All projects of a run share one folder.
  process.env.REX_READY_KEYS ??= mkdtempSync(join(tmpdir(), 'rex-keys-'))
  const folder = process.env.REX_READY_KEYS
  provide('readyKeys', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
