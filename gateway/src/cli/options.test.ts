// Tests every verb, option and argument of `rex-gateway` with hostile values (T-143, T-144, T-153). docs/guide/gateway.md
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Gateway, initGateway, startGateway } from '../gateway.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { HELP } from './help.ts'
import { execute, program } from './main.ts'
import { askGateway } from './operator.ts'

const NGO = 'https://ngo.example'
const WIDTH = 80
const made = temporaryDirectory()
const running = join(made.path, 'running')
const file = join(made.path, 'file')
const empty = join(made.path, 'empty')
const fresh = join(made.path, 'fresh')
let gateway: Gateway

beforeAll(async () => {
  writeFileSync(file, 'nothing of a gateway')
  mkdirSync(empty)
  const { config } = await initGateway({ directory: running, organisation: NGO, listen: '127.0.0.1:0' })
  gateway = await startGateway(config)
})
afterAll(async () => {
  await gateway.drain()
  made[Symbol.dispose]()
})

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Executes a command line in this process. */
async function run(...args: readonly string[]): Promise<Ended> {
  const shown = { out: '', err: '' }
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    shown[stream] += String(text)
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(into('err')),
  ]
  const before = process.exitCode
  process.exitCode = 0
  try {
    await execute(args)
    return { code: Number(process.exitCode), ...shown }
  } finally {
    process.exitCode = before
    for (const spy of spies) spy.mockRestore()
  }
}

/** Checks a refusal, for people and programs: it states problem and remedy, and contains no internals or terminal control characters. */
async function refuses(code: number, reason: string | RegExp, ...args: readonly string[]): Promise<void> {
  const said = await run(...args)
  expect({ args, ...said }).toEqual({ args, code, out: '', err: expect.stringMatching(/^.+\n.+\n/) })
  expect(said.err).not.toMatch(/\n\s+at |INTERNAL|undefined/)
  expect(said.err).not.toMatch(/(?!\n)\p{Cc}|[\p{Cs}\u2028]/u)
  const shown = await run(...args, '--json')
  expect({ args, code: shown.code, out: shown.out }).toEqual({ args, code, out: '' })
  const { error } = JSON.parse(shown.err)
  const text = expect.stringMatching(/\w/)
  expect(error).toMatchObject({
    reason: expect.stringMatching(reason),
    exitCode: code,
    message: text,
    hint: text,
  })
}

const NEVER = ['', ' ', '\u2028', 'a\nb', '\ud800', '\u001b[2J', '\0']
const NO_ORGANISATION = [
  ...NEVER,
  ...[
    'ngo.example',
    'http://ngo.example',
    'https://ngo',
    'https://ngo.example:443',
    'https://ngo.example/?a',
  ],
  ...['https://localhost', `https://${'a'.repeat(300)}.example`, 'constructor'],
]
const NO_ADDRESS = [
  ...NEVER,
  ...['7443', 'ngo.example', 'ngo.example:', ':7443', 'NGO.example:7443', 'ngo.example:07443', 'a b:7443'],
  ...[
    'ngo.example:65536',
    '127.0.0.1:-1',
    '127.1:7443',
    '::1:7443',
    '[::1]',
    'https://ngo.example:7443',
    '1e3:1',
  ],
]
const NO_CREDENTIAL = [
  ...NEVER,
  'abcdef1',
  'g'.repeat(16),
  'a'.repeat(65),
  '0xabcdef12',
  '--yes=1',
  '__proto__',
]
const NO_NAME = [
  '',
  '\u2028',
  'a\nb',
  '\ud800',
  '\u001b[2J',
  '\0',
  '\u202e',
  'x'.repeat(101),
  '🧒'.repeat(101),
]
/** Directories that do not contain a gateway. */
const NO_GATEWAY = [
  'x'.repeat(300),
  ' ',
  '\u2028',
  'a\nb',
  '\u001b[2J',
  '-',
  '/proc/self/nothing',
  '/dev/null',
]

const verbs = (command: Command = program(false)): Command[] =>
  command.commands.filter((verb) => verb.name() !== 'help').flatMap((verb) => [verb, ...verbs(verb)])
/** Returns the words of the command line that call a verb. */
const wordsOf = (verb: Command): string[] =>
  verb.parent?.parent ? [...wordsOf(verb.parent), verb.name()] : [verb.name()]
/** For each verb that requires values, the values with which the tests call it. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  rotate: ['receipt'],
  init: ['--organisation', NGO, '--listen', '127.0.0.1:0'],
  revoke: ['abcdef12'],
  reset: ['--yes'],
  kit: ['--kit-file', `${fresh}.kit`],
  backup: [`${fresh}.rexbackup`],
}
/** Verbs that require a value. */
const REQUIRING = ['init', 'revoke', 'rotate', 'kit', 'backup']
const callOf = (verb: Command) => [...wordsOf(verb), ...(CALLS[verb.name()] ?? [])]
const all = verbs().map((verb) => [wordsOf(verb).join(' '), verb] as const)

describe('T-143 T-144 T-153 rex-gateway', () => {
  test.each(all)('%s refuses a command line that makes no sense', async (_, verb) => {
    const call = callOf(verb)
    for (const extra of [
      ['--no-such-option'],
      ['--json=1'],
      ['--dir'],
      ['a', 'b', 'c'],
      ['-x'],
      ['--dir', ''],
    ])
      await refuses(2, 'USAGE', ...call, ...extra)
    if (REQUIRING.includes(verb.name())) await refuses(2, 'USAGE', ...wordsOf(verb))
  })

  test.each(all)('%s reports that a directory has no gateway', async (words, verb) => {
    if (words === 'init') return
    for (const dir of [...NO_GATEWAY, file, empty, join(file, 'below')]) {
      if (words !== 'status') {
        await refuses(1, /CONFIG_INVALID/, ...callOf(verb), '--dir', dir)
        continue
      }
      const shown = await run('status', '--json', '--dir', dir)
      expect(JSON.parse(shown.out)).toMatchObject({ problems: [{ code: 'gateway-down' }] })
      expect([shown.code, shown.err]).toEqual([2, ''])
    }
  })

  test('unknown verbs are refused', async () => {
    for (const name of [
      ...NEVER,
      'Init',
      'constructor',
      '__proto__',
      'toString',
      'desks-revoke',
      '../init',
      '0',
    ])
      await refuses(2, 'USAGE', name)
    for (const name of ['', 'nothing', 'constructor', '__proto__']) await refuses(2, 'USAGE', 'desks', name)
  })

  test('init refuses an invalid organisation or address, and creates nothing', async () => {
    const calls = [
      ...[...NO_ORGANISATION, 'https://Hotline.example', 'HTTPS://hotline.example'].map((value) => [
        `--organisation=${value}`,
        '--listen=127.0.0.1:0',
      ]),
      ...[...NO_ADDRESS, '127.0.0.1:65534', '0.0.0.0:0', '[::]:0'].map((value) => [
        `--organisation=${NGO}`,
        `--listen=${value}`,
      ]),
      ...NO_ADDRESS.map((value) => [`--organisation=${NGO}`, '--listen=127.0.0.1:0', `--endpoint=${value}`]),
    ]
    for (const call of calls) await refuses(2, 'USAGE', 'init', ...call, '--dir', fresh)
    expect(existsSync(fresh)).toBe(false)
  })

  test('init changes nothing if a file is in its way', async () => {
    const call = ['init', ...(CALLS.init ?? [])]
    await refuses(1, 'ALREADY_EXISTS', ...call, '--dir', running)
    for (const dir of [file, join(file, 'below'), '/proc/self/nothing', 'x'.repeat(300)])
      await refuses(1, 'CONFIG_INVALID', ...call, '--dir', dir)
    const taken = ['init', '--organisation', NGO, '--listen', gateway.address]
    await refuses(1, 'ADDRESS_IN_USE', ...taken, '--dir', fresh)
    expect(existsSync(fresh)).toBe(false)
  })

  test('under a hostile name, a running gateway makes no token, revokes no desk and dials nobody', async () => {
    const at = ['--dir', running]
    for (const name of NO_NAME) await refuses(2, 'USAGE', 'token', `--name=${name}`, ...at)
    for (const value of NO_CREDENTIAL) await refuses(2, 'USAGE', 'desks', 'revoke', ...at, '--', value)
    for (const value of [...NEVER, 'entity', 'Receipt', 'constructor'])
      await refuses(2, 'USAGE', 'rotate', ...at, '--', value)
    for (const value of NO_ORGANISATION) await refuses(2, 'USAGE', 'retry', ...at, '--', value)
    await refuses(1, 'NOT_FOUND', 'desks', 'revoke', 'abcdef12', ...at)
    await refuses(1, 'NOT_FOUND', 'retry', 'https://nobody.example', ...at)
    await refuses(1, 'POLICY_REFUSED', 'reset', ...at)
    await refuses(1, 'STORE_IN_USE', 'restore', ...at)
    await refuses(1, 'STORE_IN_USE', 'start', ...at)
    const { desks } = await askGateway(running, (operator) => operator.listDesks({}))
    expect(desks).toEqual([])
    expect(await run('token', '--name', '🧒'.repeat(100), ...at)).toMatchObject({ code: 0 })
  })
})

describe('the help of rex-gateway', () => {
  test('fits a terminal of 80 columns, and has the purpose of each verb, an example and the exit codes', async () => {
    for (const [words, verb] of all) {
      const { code, out, err } = await run(...wordsOf(verb), '--help')
      expect([words, code, err]).toEqual([words, 0, ''])
      const lines = out.split('\n')
      expect(lines.filter((line) => line.length > WIDTH)).toEqual([])
      const text = out.replace(/\s+/g, ' ')
      expect(text).toContain(HELP[verb.name() as keyof typeof HELP].about)
      expect(text).toContain('Example: rex-gateway')
      expect(text).toContain('Exit codes: 0 ')
      expect(text).not.toContain('(default: "")')
    }
  })

  test('its examples are understood', () => {
    for (const { example } of Object.values(HELP)) {
      const [, ...words] = example.replace(/\\\n/g, ' ').replace(/ > .*/, '').split(/\s+/)
      const [name = ''] = words
      expect(program(false).commands.map((verb) => verb.name())).toContain(name)
    }
  })
})
