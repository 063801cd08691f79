// Tests what a key file contains after the disk fails during a write. docs/guide/desk.md, "At rest"
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const WRITE = `
  const { writeDurably, isReplaced } = await import(${JSON.stringify(import.meta.resolve('./durable.ts'))})
  const [, path] = process.argv
  const error = await writeDurably(path, 'new', { replaces: 'old' }).catch((error) => error)
  console.log(JSON.stringify({ reason: error.reason ?? error.code, replaced: isReplaced(error) }))
`

/** Writes "new" over "old" in a child process in which the flush with this number fails. */
async function write(path: string, flush: number): Promise<unknown> {
  const failing = `inject=fsync:error=EIO:when=${flush}`
  const node = [process.execPath, '--conditions=@rex/source', '--input-type=module', '--eval', WRITE, path]
  // `strace` counts the flushes of each thread separately, so there must be only one thread.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
  const { stdout } = await promisify(execFile)(
    'strace',
    ['-qq', '-f', '-e', failing, '-o', '/dev/null', ...node],
    {
      env,
    },
  )
  return JSON.parse(stdout)
}

test.skipIf(spawnSync('strace', ['-V']).status !== 0)(
  'T-087 T-142 after an error the old content is there, or the error says that the new one is',
  async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), 'rex-durable-'))
    const ends = [1, 2, 3].map(async (flush) => {
      const path = join(directory.path, String(flush))
      writeFileSync(path, 'old', { mode: 0o600 })
      return [await write(path, flush), readFileSync(path, 'utf8')]
    })
    // The results if the flush of the new file, of the directory, or of the old file fails.
    expect(await Promise.all(ends)).toEqual([
      [{ reason: 'EIO', replaced: false }, 'old'],
      [{ reason: 'STORE_FAILED', replaced: true }, 'new'],
      [{ reason: 'STORE_FAILED', replaced: true }, 'new'],
    ])
  },
)
