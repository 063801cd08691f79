// Tests of `recover` and `kit`, on a terminal and in programs. docs/guide/rex-desk.md, "Recovery kit"
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changePassphrase } from '../client/keys/access.ts'
import { type Credential, readKeystore, unlockKeystore, writeFounding } from '../client/keys/keystore.ts'
import { kitWords } from '../core/identity/kit.ts'
import { type Ended, runDesk } from '../testing/harness/commands.ts'
import { run } from './run.ts'

const OLD = 'correct horse battery staple'
const NEW = 'another quiet river at noon'
const founding = {
  organisation: 'https://ngo.example',
  name: 'NGO (test)',
  entitySeed: randomBytes(32),
  messageSeed: randomBytes(32),
  messageKeyMs: 1_700_000_000_000,
  archiveKey: randomBytes(32),
}
let directory: string
let kit: string[]
const at = (name: string) => join(directory, name)
const keystore = () => readFileSync(at('keystore.json'), 'utf8')
const secret = (name: string, content: string) => {
  writeFileSync(at(name), content, { mode: 0o600 })
  return at(name)
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-access-cli-'))
  kit = await writeFounding(directory, founding, OLD)
  secret('old.pass', OLD)
  secret('new.pass', NEW)
})
afterEach(() => rmSync(directory, { recursive: true }))

const opens = async (credential: Credential) =>
  unlockKeystore(await readKeystore(directory), credential).then(
    () => true,
    () => false,
  )
const desk = (parameters: readonly string[], input = '') =>
  runDesk([...parameters, '--dir', directory, '--passphrase-file', at('old.pass')], { input })

/** Text to type when a matching question is asked, and an action to run before typing. */
interface Answer {
  readonly to: RegExp
  readonly typed: string
  readonly before?: () => Promise<void>
}

/** Runs a command on a simulated terminal of 80 columns. Types the answers in turn. */
async function atTerminal(parameters: readonly string[], answers: readonly Answer[]): Promise<Ended> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin })
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  const written = { stdout: '', stderr: '' }
  const left = [...answers]
  let asked = ''
  stdout.on('data', (bytes) => {
    written.stdout += bytes
  })
  stderr.on('data', (bytes) => {
    written.stderr += bytes
    asked += bytes
    const [next] = left
    if (next === undefined || !next.to.test(asked)) return
    left.shift()
    asked = ''
    const type = () => void stdin.write(`${next.typed}\r`)
    if (next.before === undefined) type()
    else void next.before().then(type)
  })
  const code = await run([...parameters, '--dir', directory], {
    ...{ stdin, stdout, stderr, environment: { NO_COLOR: '1' }, now: Date.now },
    signal: new AbortController().signal,
    unread: new AbortController().signal,
  } as never)
  expect(left).toEqual([])
  return { code, ...written }
}

/** Returns the numbered words on a screen or page. */
function wordsIn(text: string): string[] {
  const numbered = [...text.matchAll(/(\d+)\.\s+(?:<[^>]+>)*([a-z]{3,8})\b/g)]
  return numbered.toSorted((a, b) => Number(a[1]) - Number(b[1])).map(([, , word]) => word as string)
}

/** Expects the output to contain none of these words (T-119). */
function silent({ stdout, stderr }: Ended, words: readonly string[]): void {
  for (const pair of words.slice(1).map((word, i) => `${words[i]} ${word}`))
    expect(stdout + stderr).not.toContain(pair)
  expect(wordsIn(stdout + stderr)).toEqual([])
}

describe('rex-desk recover', () => {
  test('sets a new passphrase, with the words from a private file or standard input', async () => {
    secret('kit', kit.map((word, i) => `${i + 1}. ${word.slice(0, 4).toUpperCase()}`).join('\n'))
    const recovering = ['recover', '--new-passphrase-file', at('new.pass'), '--json']
    const ended = await desk([...recovering, '--kit-file', at('kit')])
    expect(ended.code).toBe(0)
    expect(JSON.parse(ended.stdout)).toEqual({ recovered: true, organisation: founding.organisation })
    silent(ended, kit)
    expect([
      await opens({ passphrase: NEW }),
      await opens({ passphrase: OLD }),
      await opens({ kit }),
    ]).toEqual([true, false, true])
    writeFileSync(at('new.pass'), OLD)
    expect(await desk(recovering, kit.join(' '))).toMatchObject({ code: 0 })
    expect(await opens({ passphrase: OLD })).toBe(true)
  })
  test('at a terminal asks until there are 24 words, and names a word that is not in the list', async () => {
    const lines = [kit.slice(0, 5), [...kit.slice(5, 8), 'nowhere'], kit.slice(5, 20), kit.slice(20)]
    const ended = await atTerminal(
      ['recover'],
      [
        { to: /From word 1 on:/, typed: (lines[0] as string[]).join(' ') },
        { to: /From word 6 on:/, typed: (lines[1] as string[]).join(' ') },
        {
          to: /Word 9 is not in the list of words\.[\s\S]*From word 6 on:/,
          typed: (lines[2] as string[]).join(' '),
        },
        { to: /From word 21 on:/, typed: (lines[3] as string[]).join(' ') },
        { to: /New passphrase:/, typed: NEW },
        { to: /The new passphrase again:/, typed: NEW },
      ],
    )
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The new passphrase opens the desk.'),
    })
    expect(await opens({ passphrase: NEW })).toBe(true)
  })
  test('refuses before it asks for a new passphrase: a wrong word, a wrong checksum, a kit of another desk, a file that others read', async () => {
    const before = keystore()
    const other = kit.findIndex((word) => word !== kit[0])
    const swapped = kit.with(0, `${kit[other]}`).with(other, `${kit[0]}`).join(' ')
    const cases: [input: string, reason: RegExp][] = [
      [kit.with(6, 'nowhere').join(' '), /Word 7 is not in the list/],
      [kit.slice(2).join(' '), /24 words, and 22 were given/],
      // About one in 256 wrong orders of the words has a correct checksum by chance. Such a kit is refused, too, because it
      // does not open the keystore.
      [swapped, /checksum is wrong|does not open this keystore/],
      [kitWords(randomBytes(32)).join(' '), /does not open this keystore/],
      ['', /24 words, and 0 were given/],
    ]
    for (const [input, reason] of cases) {
      const ended = await desk(['recover', '--new-passphrase-file', at('none')], input)
      expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(reason) })
      silent(ended, kit)
    }
    secret('kit', kit.join(' '))
    chmodSync(at('kit'), 0o644)
    expect(await desk(['recover', '--kit-file', at('kit')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('chmod 600'),
    })
    expect(keystore()).toBe(before)
  })
})

describe('rex-desk kit --new', () => {
  test('shows the words once, numbered, within 80 columns; the new kit is valid once they are on paper', async () => {
    const keeping = (typed: string) =>
      atTerminal(
        ['kit', '--new'],
        [
          { to: /Passphrase:/, typed: OLD },
          { to: /Are all 24 words on paper\?/, typed },
        ],
      )
    const before = keystore()
    const unsure = await keeping('n')
    expect(unsure).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing was done.') })
    expect(keystore()).toBe(before)
    const kept = await keeping('y')
    const shown = wordsIn(kept.stdout)
    expect(shown).toHaveLength(24)
    expect(Math.max(...kept.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(shown).not.toEqual(wordsIn(unsure.stdout))
    expect(kept.stdout).toMatch(/sealed envelope[\s\S]*photo/)
    expect([await opens({ kit: shown }), await opens({ kit }), await opens({ passphrase: OLD })]).toEqual([
      true,
      false,
      true,
    ])
  })
  test('T-119 writes new private files, and no word anywhere else', async () => {
    const files = ['--kit-page', at('kit.html'), '--kit-file', at('kit.txt')]
    const ended = await desk(['kit', '--new', ...files, '--json'])
    expect(JSON.parse(ended.stdout)).toEqual({
      replaced: true,
      kitPage: at('kit.html'),
      kitFile: at('kit.txt'),
    })
    const words = readFileSync(at('kit.txt'), 'utf8').trim().split(' ')
    const page = readFileSync(at('kit.html'), 'utf8')
    expect(wordsIn(page)).toEqual(words)
    expect(page).not.toMatch(/<script|src=|href=|https?:\/\/(?!ngo)/)
    expect(page).toContain('delete the file')
    for (const file of ['kit.txt', 'kit.html']) expect(statSync(at(file)).mode & 0o777).toBe(0o600)
    silent(ended, words)
    expect([await opens({ kit: words }), await opens({ kit })]).toEqual([true, false])
  })
  test('refuses an existing file, a pipe, and half of the files; the old kit remains valid', async () => {
    const before = keystore()
    secret('there', 'mine')
    const cases: [parameters: string[], code: number][] = [
      [['--new', '--kit-page', at('there')], 1],
      [['--new', '--kit-page', at('fresh.html'), '--kit-file', at('there')], 1],
      [['--new', '--kit-page', at('fresh.html'), '--kit-file', at('no/such/folder')], 1],
      [['--new'], 2],
      [['--new', '--json'], 2],
      [['--new', '--check'], 2],
      [[], 2],
    ]
    for (const [parameters, code] of cases)
      expect(await desk(['kit', ...parameters])).toMatchObject({ code, stdout: '' })
    expect(readFileSync(at('there'), 'utf8')).toBe('mine')
    expect(existsSync(at('fresh.html'))).toBe(false)
    expect(keystore()).toBe(before)
  })
  test('a keystore changed by another command meanwhile is kept, and the words shown open nothing', async () => {
    const ended = await atTerminal(
      ['kit', '--new'],
      [
        { to: /Passphrase:/, typed: OLD },
        {
          to: /Are all 24 words on paper\?/,
          typed: 'y',
          before: () => changePassphrase(directory, { from: OLD, to: NEW }),
        },
      ],
    )
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('has changed nothing') })
    expect([
      await opens({ kit: wordsIn(ended.stdout) }),
      await opens({ kit }),
      await opens({ passphrase: NEW }),
    ]).toEqual([false, true, true])
  })
})

test('rex-desk kit --check says whether a kit opens the desk, and changes nothing', async () => {
  const before = keystore()
  const right = await desk(['kit', '--check', '--json'], kit.join('\n'))
  expect(JSON.parse(right.stdout)).toEqual({ opens: true, organisation: founding.organisation })
  secret('wrong', kitWords(randomBytes(32)).join(' '))
  expect(await desk(['kit', '--check', '--kit-file', at('wrong')])).toMatchObject({ code: 1 })
  expect(keystore()).toBe(before)
})
