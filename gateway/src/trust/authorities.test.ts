// Tests of a gateway that is killed while it changes its authority. docs/spec/identity.md, "Change of the authority"
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { checkChain, toHex } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { systemClock } from '../clock/clock.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { createKeys, type GatewayKeys, openKeys } from './keys.ts'

const ORGANISATION = 'https://ngo.example'
const optionsAt = (directory: string) => ({ organisation: ORGANISATION, directory, clock: systemClock })

const CHANGE = `
  const { openKeys } = await import(${JSON.stringify(import.meta.resolve('./keys.ts'))})
  const [, organisation, directory] = process.argv
  const keys = await openKeys({ organisation, directory, clock: { now: Date.now } })
  await keys.beginAuthority()
  console.log('begun')
  await keys.changeAuthority()
  console.log('changed')
`

/** Changes the authority in a process that is killed at the rename with this number. Returns its output until then. */
async function killedAt(rename: number, directory: string): Promise<string> {
  const kill = `inject=/^rename:signal=KILL:when=${rename}`
  const node = [process.execPath, '--conditions=@rex/source', '--input-type=module', '--eval', CHANGE]
  const child = spawn(
    'strace',
    ['-qq', '-f', '-e', kill, '-o', '/dev/null', ...node, ORGANISATION, directory],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Use one thread, because renames are counted per thread.
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    },
  )
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return said
}

const nameOf = (authority: { readonly certificate: Uint8Array } | undefined) =>
  authority && toHex(authority.certificate)

/** Checks that the current authority has issued the gateway's certificate. */
function checkIdentity(keys: GatewayKeys): void {
  const { certificate: leaf, authority } = keys.identity()
  expect(toHex(authority)).toBe(nameOf(keys.authority()))
  const at = { organisation: ORGANISATION, usage: 'gateway' as const, now: Date.now() }
  expect(checkChain({ leaf, authority, ...at }).uris).toEqual([ORGANISATION])
}

test.skipIf(spawnSync('strace', ['-V']).status !== 0)(
  'T-142 REX-ID-082 a gateway that is killed at any step of a change of its authority starts with the former or the next one, and changes again',
  async () => {
    using root = temporaryDirectory()
    const first = join(root.path, 'first')
    await createKeys(optionsAt(first))
    const before = nameOf((await openKeys(optionsAt(first))).authority())
    // The change renames files in this order: 1 and 2, the next key and its certificate; 3, the former certificates; 4 and 5, the new key and
    // certificate of the authority; 6, the gateway's certificate. There is no seventh rename, so the last process is not killed.
    const ends = [1, 2, 3, 4, 5, 6, 7].map(async (rename) => {
      const directory = join(root.path, String(rename))
      cpSync(first, directory, { recursive: true })
      const said = await killedAt(rename, directory)
      const keys = await openKeys(optionsAt(directory))
      checkIdentity(keys)
      const inUse = nameOf(keys.authority())
      const end = [
        said.trim().split('\n').at(-1),
        inUse === before ? 'former' : 'next',
        keys.nextAuthority() !== undefined,
      ]
      if (inUse !== before) expect(keys.deskAuthorities().map(toHex)).toEqual([inUse, before])
      await keys.beginAuthority()
      const next = nameOf(keys.nextAuthority())
      await keys.changeAuthority()
      const again = await openKeys(optionsAt(directory))
      checkIdentity(again)
      expect([nameOf(again.authority()), again.nextAuthority()]).toEqual([next, undefined])
      expect(again.deskAuthorities().map(toHex)).toContain(inUse)
      expect(readdirSync(directory).filter((name) => name.includes('.next'))).toEqual([])
      return end
    })
    expect(await Promise.all(ends)).toEqual([
      ['', 'former', false],
      ['', 'former', false],
      ['begun', 'former', true],
      ['begun', 'former', true],
      ['begun', 'next', false],
      ['begun', 'next', false],
      ['changed', 'next', false],
    ])
  },
)
