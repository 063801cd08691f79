import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CHECK = join(ROOT, 'docs/check/dependencies.mjs')
const TOOL = ['docs/check/floors/package.json', 'docs/check/floors/package-lock.json']
const FILES = ['package.json', 'package-lock.json', 'docs/adr', 'docs/check/dependencies.json', ...TOOL]
const JOSE = 'node_modules/jose'

// biome-ignore lint/suspicious/noExplicitAny: a lockfile or manifest, as it stands
type Json = any

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rex-dependencies-'))
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const manifests = workspaces.map((path: string) => `${path}/package.json`)
  for (const file of [...FILES, ...manifests]) cpSync(join(ROOT, file), join(root, file), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function change(file: string, how: (content: Json) => void): void {
  const content = JSON.parse(readFileSync(join(root, file), 'utf8'))
  how(content)
  writeFileSync(join(root, file), JSON.stringify(content))
}

/** Runs the check with the registry at this address. Returns its exit code and findings. */
async function check(options: readonly string[] = [], registry = '') {
  const child = spawn(process.execPath, [CHECK, root, ...options], {
    env: { ...process.env, npm_config_registry: registry, npm_config_cache: join(root, '.npm') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let found = ''
  child.stderr.on('data', (text) => {
    found += text
  })
  const [code] = await once(child, 'close')
  return { code, found }
}

test('T-124 T-125 T-126 every installed package is reviewed', async () => {
  expect(await check()).toEqual({ code: 0, found: '' })
})

test('T-124 the lockfile of the tool outside the workspaces is reviewed too', async () => {
  change('docs/check/floors/package-lock.json', ({ packages }) => {
    packages['node_modules/typescript'].integrity = `sha512-${'a'.repeat(86)}==`
  })
  expect(await check()).toEqual({ code: 1, found: expect.stringContaining('not the one that was reviewed') })
})

test.each<[string, (lock: Json) => void, RegExp]>([
  [
    'a package from git',
    (lock) => (lock[JOSE].resolved = 'git+ssh://git@host.example/jose.git#1'),
    /not from the registry/,
  ],
  [
    'a package from another server',
    (lock) => (lock[JOSE].resolved = 'https://npm.example/jose.tgz'),
    /not from the registry/,
  ],
  ['a package from a file', (lock) => (lock[JOSE].resolved = 'file:../jose.tgz'), /not from the registry/],
  ['a package without a digest', (lock) => delete lock[JOSE].integrity, /has no SHA-512/],
  ['a package with a weak digest', (lock) => (lock[JOSE].integrity = 'sha1-aaaa'), /has no SHA-512/],
  [
    'a link to what is no workspace',
    (lock) => (lock['node_modules/x'] = { link: true, resolved: '../x' }),
    /no workspace/,
  ],
  ['an install script', (lock) => (lock[JOSE].hasInstallScript = true), /install script/],
  [
    'other bytes of the same version',
    (lock) => (lock[JOSE].integrity = `sha512-${'a'.repeat(86)}==`),
    /not the one that was reviewed/,
  ],
  [
    'a new package',
    (lock) => (lock['node_modules/left-pad'] = { ...lock[JOSE], version: '1.0.0' }),
    /not the one that was reviewed/,
  ],
  [
    'a version with a known hole',
    (lock) => (lock['node_modules/@grpc/grpc-js'].version = '1.14.6'),
    /known hole/,
  ],
  [
    'one deep below',
    (lock) => (lock['node_modules/a/node_modules/node-forge'] = { ...lock[JOSE], version: '1.4.2' }),
    /forge 1\.4\.2 has a known hole/,
  ],
  [
    'an alias of one',
    (lock) => (lock['node_modules/b'] = { ...lock[JOSE], name: 'node-forge', version: '1.3.0' }),
    /known hole/,
  ],
])('T-124 T-125 %s in the lockfile fails', async (_, how, finding) => {
  change('package-lock.json', ({ packages }) => void how(packages))
  const { code, found } = await check()
  expect([code, found]).toEqual([1, expect.stringMatching(finding)])
})

test.each<[string, (manifest: Json) => void, RegExp]>([
  ['a range', ({ dependencies }) => (dependencies.jose = '^6.2.18'), /jose is not pinned/],
  ['a tag', ({ dependencies }) => (dependencies.jose = 'latest'), /jose is not pinned/],
  ['a git address', ({ dependencies }) => (dependencies.jose = 'github:panva/jose'), /jose is not pinned/],
  ['an alias', ({ dependencies }) => (dependencies.jose = 'npm:other@1.0.0'), /jose is not pinned/],
  [
    'one that no ADR names',
    ({ dependencies }) => (dependencies['left-pad'] = '1.3.0'),
    /left-pad has no ADR/,
  ],
  ['an override', (manifest) => (manifest.overrides = { jose: '>=6' }), /jose is not pinned/],
  [
    'a fifteenth at runtime',
    ({ dependencies }) => Array.from({ length: 12 }, (_, i) => (dependencies[`x${i}`] = '1.0.0')),
    /runtime dependencies; 14 are the most/,
  ],
])('T-124 T-126 %s in a manifest fails', async (_, how, finding) => {
  change('sdk/package.json', how)
  const { code, found } = await check()
  expect([code, found]).toEqual([1, expect.stringMatching(finding)])
})

test.each([
  [6, 1, /left-pad 1\.3\.0 is younger than 7 days/],
  [8, 0, /^$/],
])(
  'T-124 a review does not accept a version that has been out for %d days: exit code %d',
  async (days, code, said) => {
    const published = new Date(Date.now() - days * 86_400_000).toISOString()
    const version = {
      name: 'left-pad',
      version: '1.3.0',
      dist: { tarball: 'http://x.example/x.tgz', shasum: '' },
    }
    const packument = {
      name: 'left-pad',
      'dist-tags': { latest: '1.3.0' },
      versions: { '1.3.0': version },
      time: { '1.3.0': published },
    }
    const registry = createServer((_, response) => response.end(JSON.stringify(packument))).listen(
      0,
      '127.0.0.1',
    )
    await once(registry, 'listening')
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@x.example', ...args])
    git('init', '-q')
    git('add', 'package-lock.json', ...TOOL)
    git('commit', '-qm', 'before')
    change(
      'package-lock.json',
      ({ packages }) => (packages['node_modules/left-pad'] = { ...packages[JOSE], version: '1.3.0' }),
    )
    const address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`
    expect(await check(['--accept'], address)).toEqual({ code, found: expect.stringMatching(said) })
    registry.close()
    expect((await check()).code).toBe(code)
  },
)
