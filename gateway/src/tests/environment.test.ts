// Tests that errors state what the machine lacks, at `init` where possible: ports, addresses, permissions, or a newer Node.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { programAt } from '../../../sdk/src/testing/harness/programs/path.ts'
import { temporaryDirectory } from '../testing/directory.ts'

const GATEWAY = programAt('gateway/bin/rex-gateway.js')
const ORGANISATION = 'https://ngo.example'
const OLD_NODE = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => versionOf(path) < 24) ?? ''
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
/** Command prefix that runs a command in a separate network with only `::1`. */
const ONLY_IPV6 = [
  'unshare',
  '-n',
  'sh',
  '-c',
  'ip link set lo up && ip addr del 127.0.0.1/8 dev lo && "$@"',
  'sh',
]
const mayBeNobody = works([...AS_NOBODY, 'true'])
const mayUnshare = works([...ONLY_IPV6, 'true'])

function works([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args).status === 0
}

function versionOf(node: string): number {
  return existsSync(node)
    ? Number.parseInt(`${spawnSync(node, ['-p', 'process.versions.node']).stdout}`, 10)
    : 99
}

/** Runs a command to completion, wrapped in the programs `before`. */
function run(before: readonly string[], ...args: readonly string[]) {
  const [program = '', ...rest] = [...before, process.execPath, ...args]
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', timeout: 60_000 })
  return { status, stdout, stderr }
}

const init = (before: readonly string[], directory: string, listen: string) =>
  run(before, GATEWAY, 'init', '--dir', directory, '--organisation', ORGANISATION, '--listen', listen)

test.skipIf(!mayBeNobody)('every command reports a directory of another user', () => {
  using directory = temporaryDirectory()
  const own = join(directory.path, 'own')
  expect(init([], own, '127.0.0.1:0').status).toBe(0)
  chmodSync(directory.path, 0o755)
  const named = expect.stringContaining(`Permission denied: ${own}`)
  for (const [verb, expected] of [
    ['start', { status: 1, stderr: named }],
    ['token', { status: 1, stderr: named }],
    ['status', { status: 2, stdout: named }],
  ] as const)
    expect(run(AS_NOBODY, GATEWAY, verb, '--dir', own)).toMatchObject(expected)
  expect(init(AS_NOBODY, join(directory.path, 'new'), '127.0.0.1:0').stderr).toContain(
    'The directory cannot be created. Permission denied',
  )
})

test.skipIf(!mayUnshare)('on a machine that has only IPv6, init refuses IPv4, and IPv6 listens', () => {
  using directory = temporaryDirectory()
  expect(init(ONLY_IPV6, join(directory.path, 'four'), '127.0.0.1:7443')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('This machine has no such address.'),
  })
  const six = join(directory.path, 'six')
  expect(init(ONLY_IPV6, six, '[::1]:7443').status).toBe(0)
  const until = ['timeout', '--preserve-status', '5']
  const started = run([...ONLY_IPV6, ...until], GATEWAY, 'start', '--dir', six)
  expect(started).toMatchObject({ status: 0, stdout: expect.stringContaining('listens on [::1]:7443') })
})

test.each([0, -1, -2])('init refuses a port in use, its own or one of the next two (%s)', async (before) => {
  using directory = temporaryDirectory()
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const refused = init([], join(directory.path, 'gateway'), `127.0.0.1:${port + before}`)
  // Accept any of the three ports, because a concurrent test may have taken one of them.
  const ports = [0, 1, 2].map((next) => port + before + next).join('|')
  const listening = new RegExp(`127\\.0\\.0\\.1:(?:${ports}): The address is in use\\.`)
  await new Promise((resolve) => other.close(resolve))
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(listening) })
  expect(existsSync(join(directory.path, 'gateway'))).toBe(false)
})

test('init refuses a directory whose socket path is too long, before it creates anything', () => {
  using directory = temporaryDirectory()
  const deep = join(directory.path, 'x'.repeat(110))
  expect(init([], deep, '127.0.0.1:0')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /The path of the socket .* is too long: \d+ bytes, and systems allow 107\./,
    ),
  })
  expect(existsSync(deep)).toBe(false)
})

const COMMANDS = ['sdk/bin/rex-desk.js', 'gateway/bin/rex-gateway.js'] as const
test.skipIf(OLD_NODE === '').each(COMMANDS)('an outdated Node prints one sentence: %s', (command) => {
  const { status, stdout, stderr } = spawnSync(OLD_NODE, [programAt(command), 'status'], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^rex-(gateway|desk): Node [\d.]+ cannot run this; install Node 24[^\n]*\n$/)
})

test.each(['@rex/sdk', '@rex/sdk/core', '@rex/sdk/transport', '@rex/sdk/sqlite'])(
  'importing %s prints no warning',
  (door) => {
    const { status, stderr } = run([], '--conditions=@rex/source', '-e', `import('${door}')`)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  },
)
