// T-143 T-144 T-152: every option and argument of every verb rejects invalid values. docs/guide/rex-desk.md
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, runDesk } from '../testing/harness/commands.ts'
import { buildProgram } from './program.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rex-options-'))
  await writeFile(join(directory, 'file.json'), '{}')
  await writeFile(join(directory, 'passphrase'), 'x', { mode: 0o600 })
})
afterAll(() => rm(directory, { recursive: true }))

const nothing = new PassThrough()
const program = buildProgram({
  stdin: nothing,
  stdout: nothing,
  stderr: nothing,
  environment: {},
  now: Date.now,
  signal: new AbortController().signal,
  unread: new AbortController().signal,
} as never)
const verbs: readonly Command[] = program.commands.filter((command) => command.name() !== 'help')

/** Runs a verb in a directory without a desk: if all values are accepted, it fails with NOT_FOUND. */
const run = (...parameters: string[]): Promise<Ended> =>
  runDesk([
    ...parameters,
    '--dir',
    join(directory, 'none'),
    '--passphrase-file',
    join(directory, 'passphrase'),
  ])

const FILE = () => join(directory, 'file.json')
/** Returns the required argument and options of a verb. */
const needed = (verb: Command): string[] => [
  ...verb.registeredArguments
    .filter(({ required }) => required)
    .map(
      (one) =>
        (
          ({ thread: 'abcd1234', organisation: 'https://ngo.example', key: 'entity' }) as Record<
            string,
            string
          >
        )[one.name()] ?? FILE(),
    ),
  ...verb.options
    .filter(({ mandatory }) => mandatory)
    .flatMap(({ long }) => [String(long), long === '--to' ? 'https://ngo.example' : 'x']),
]

/**
 * Without `npm run test:full`, only one in this many calls with arbitrary values is tried. The number of values is not
 * a multiple of this number, so that each verb gets different values.
 */
const DAILY_NTH = 7
const NEVER = ['', '\u2028', 'a\nb', '\ud800', '\u001b[2J']
const NO_ID = [...NEVER, 'https://ngo.example', 'a b', 'Zoë', '[object Object]']
const NO_ORGANISATION = [
  ...NEVER,
  'ngo.example',
  'http://ngo.example',
  'https://ngo',
  'https://ngo.example:443',
  'https://ngo.example/?a',
  'https://localhost',
]
const NO_NUMBER = [...NEVER, '0', '-1', '1.5', '1e3', 'NaN', '0x10', '1000001', '99999999999999999999']
const NO_TIME = [
  ...NEVER,
  '0',
  '1772629500',
  '2026-02-30',
  '2026-13-01',
  '1999-12-31',
  '0001-01-01',
  '10000-01-01',
  '99999d',
  'soon',
  'NaN',
]
const NO_DIGEST = [...NEVER, 'ab', 'AB'.repeat(32), 'x'.repeat(64), 'ab'.repeat(33)]
const NO_CODE = [...NEVER, 'no-capcity', 'NO-CAPACITY', 'constructor', '__proto__', 'toString']

/** Invalid values of each option, which must be rejected before the desk is opened. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  '--with': NO_ORGANISATION,
  '--alternative': NO_ORGANISATION,
  '--for': NO_ORGANISATION,
  '--to': [...NO_ORGANISATION, 'https://ngo.example:', 'https://ngo.example:a b'],
  '--key': [...NEVER, 'x'.repeat(256), '🧒'.repeat(256)],
  '--ref': [...NEVER, 'x'.repeat(256)],
  '--reference': [...NEVER, 'x'.repeat(201)],
  '--name': [...NEVER, ' ', 'x'.repeat(201), '🧒'.repeat(201)],
  '--follows': [...NEVER, 'abcd', 'AB'.repeat(16), 'ab'.repeat(17)],
  '--minimum-suite': [...NEVER, 'REX-3', 'rex-1', '1'],
  '--language': [...NEVER, 'english please', 'e', 'en_GB'],
  '--person': NO_ID,
  '--section': NO_CODE,
  '--recall': NO_DIGEST,
  '--change': NO_DIGEST,
  '--expected': NO_TIME,
  '--retry-after': NO_TIME,
  '--needed-by': NO_TIME,
  '--time': NO_TIME,
  '--since': NO_TIME,
  '--position': NO_NUMBER,
  '--limit': NO_NUMBER,
  '--case': NO_NUMBER,
  '--concurrency': NO_NUMBER,
  '--timeout': NO_NUMBER,
  '--outcome': [...NEVER, 'a', '=b', 'a=', 'a=B'],
  '--except': [...NEVER, 'a', '=b', 'a=', 'a=B'],
  '--put-back': [...NEVER, 'a', 'abc', 'ALL', 'xyzu'],
  '--done': [...NEVER, 'a', 'abc', 'ALL', 'xyzu'],
  '--words': [...NEVER, 'https://ngo.example', 'https://ngo.example=a b c', 'ngo.example=a b c d e f'],
}
const SAME_NAME: Readonly<Record<string, readonly string[]>> = {
  'recall --message': NO_DIGEST,
  'serve --group': [...NEVER, '-x', 'a b', '/etc'],
}

/** Expects one sentence for the problem and one for the remedy, without internals. */
function reportedAsUsage({ code, stdout, stderr }: Ended, call: string): void {
  expect({ call, code, stdout }).toEqual({ call, code: 2, stdout: '' })
  expect(stderr).toMatch(/^rex-desk: .+\n/)
  expect(stderr).not.toMatch(/\n\s+at |should not have happened|no keystore|no terminal/)
  expect(stderr).not.toMatch(/[\p{Cs}\u2028]|\p{Cc}\[/u)
}

describe('T-143 T-144 T-152 options', () => {
  test.each(verbs.map((verb) => [verb.name(), verb] as const))(
    '%s refuses values that cannot be meant, before anything is opened',
    async (name, verb) => {
      for (const { long } of verb.options) {
        const option = String(long)
        const values = SAME_NAME[`${name} ${option}`] ?? WRONG[option] ?? []
        for (const value of values)
          reportedAsUsage(
            await run(name, ...needed(verb), `${option}=${value}`),
            `${name} ${option}=${value}`,
          )
      }
    },
  )

  test.each(verbs.map((verb) => [verb.name(), verb] as const))(
    '%s suggests an option that is mistyped, and takes none twice over',
    async (name, verb) => {
      reportedAsUsage(await run(name, ...needed(verb), '--no-such-option'), name)
      if (name !== 'send') reportedAsUsage(await run(name, ...needed(verb), 'a', 'b', 'c', 'd'), name)
    },
  )

  test('with any value of an option, the run ends with a clear message', async () => {
    const values = [
      '',
      ' ',
      'constructor',
      '__proto__',
      '-1',
      'null',
      '/',
      '/dev/null',
      'x'.repeat(5000),
      '%s',
    ]
    // Skip --passphrase-command, because any program is a valid value.
    const calls = verbs.flatMap((verb) =>
      [...verb.options, ...(verb === verbs[0] ? program.options : [])]
        .filter(({ long, required }) => required && long !== '--passphrase-command' && long !== '--dir')
        .flatMap(({ long }) => values.map((value) => [verb, `${long}=${value}`] as const)),
    )
    // In the daily run, each option gets a few of the values, and different ones for each verb. `npm run test:full`
    // tries all of them.
    const every = process.env.REX_FULL === undefined ? DAILY_NTH : 1
    for (const [verb, option] of calls.filter((_, i) => i % every === 0)) {
      const { code, stderr } = await run(verb.name(), ...needed(verb), option)
      expect([0, 1, 2]).toContain(code)
      expect(stderr).not.toMatch(/\n\s+at |should not have happened/)
    }
  })

  test.each(['constructor', '__proto__', 'toString', 'victim-suport', ''])(
    'example and codes refuse %j',
    async (name) => {
      reportedAsUsage(await run('example', name), name)
      reportedAsUsage(await run('codes', name), name)
    },
  )

  test('capitals of a host are lower-cased, and a name is kept in one form', async () => {
    for (const call of [
      ['show', 'abcd1234', '--with', 'https://NGO.Example'],
      ['decline', 'abcd1234', '--alternative', 'HTTPS://Police.Example'],
      ['unpair', 'https://NGO.Example', '--yes'],
    ])
      expect(await run(...call)).toMatchObject({ code: 1, stderr: expect.stringContaining('no keystore') })
  })
})
