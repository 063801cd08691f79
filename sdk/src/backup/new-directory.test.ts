// Tests of restoring into links and mount points, which a rename treats specially.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'
import { newDirectory } from './new-directory.ts'

let root: string
let fills = 0

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rex-place-'))
  fills = 0
  return () => rmSync(root, { recursive: true, force: true })
})

async function fill(beside: string): Promise<void> {
  fills += 1
  writeFileSync(join(beside, 'whole'), '')
}

test('REX-DLV-173 an empty directory is replaced by one that only its owner can read; a fill that fails leaves it empty', async () => {
  const place = join(root, 'desk')
  mkdirSync(place, { mode: 0o755 })
  await expect(newDirectory(place, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect([readdirSync(root), readdirSync(place)]).toEqual([['desk'], []])
  await newDirectory(place, fill)
  expect([readdirSync(root), readdirSync(place), statSync(place).mode & 0o777]).toEqual([
    ['desk'],
    ['whole'],
    0o700,
  ])
})

test('REX-DLV-173 a link to an empty directory stays a link; one to nothing is refused before anything is filled', async () => {
  mkdirSync(join(root, 'disk'))
  symlinkSync('disk', join(root, 'desk'))
  await newDirectory(join(root, 'desk'), fill)
  expect([readdirSync(root), readdirSync(join(root, 'disk'))]).toEqual([['desk', 'disk'], ['whole']])
  symlinkSync('nothing', join(root, 'other'))
  await expect(newDirectory(join(root, 'other'), fill)).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    message: expect.stringContaining('other is a link to a directory that does not exist'),
  })
  expect([fills, existsSync(join(root, 'other.restoring'))]).toEqual([1, false])
})

const MOUNTED = `
  import { newDirectory } from '${fileURLToPath(new URL('./new-directory.ts', import.meta.url))}'
  const [place] = process.argv.slice(2)
  const found = await newDirectory(place, async () => 'filled').catch(({ reason, message, hint }) => ({ reason, message, hint }))
  process.stdout.write(JSON.stringify(found))`

/** Whether this computer lets us mount a file system that is invisible to other processes. */
const canMount = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

test.runIf(canMount)('REX-DLV-173 an empty mount point is refused before anything is filled', () => {
  const place = join(root, 'desk')
  const script = join(root, 'mounted.ts')
  mkdirSync(place)
  writeFileSync(script, MOUNTED)
  const mounted = 'mount -t tmpfs none "$1" && exec "$2" --conditions=@rex/source "$3" "$1"'
  const found = execFileSync('unshare', ['-Urm', 'sh', '-c', mounted, 'sh', place, process.execPath, script])
  expect(JSON.parse(`${found}`)).toEqual({
    reason: 'CONFIG_INVALID',
    message: `${place} is a mount point, which cannot be replaced.`,
    hint: `Choose a directory in it with --dir, such as ${join(place, 'restored')}.`,
  })
  expect(readdirSync(root)).toEqual(['desk', 'mounted.ts'])
})
