// T-143: under `--key`, a repeated command is performed only once and answers as the first did, even after the thread no longer allows it. A
// different command under the same key is a KEY_CONFLICT that states the thread. docs/guide/rex-desk.md
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Thread } from '../client/api/thread.ts'
import { forge } from '../client/tests/harness/forger.ts'
import { example, openAgain, PASSPHRASE, type Party, withParties } from '../client/tests/harness/parties.ts'
import { toHex } from '../core/encoding/encoding.ts'
import { encodeSections } from '../core/referral-codec/section.ts'
import { type Ended, runDesk } from '../testing/harness/commands.ts'
import { buildProgram } from './program.ts'

const TRIAGE = { triage: example('victim-support-grooming').triage }
let all: Party[]
const directory = withParties(['hotline', 'ngo', 'forger'], (made) => {
  all = made
})

interface Case {
  readonly by: 'hotline' | 'ngo'
  readonly options?: readonly string[]
  readonly input?: string
  /** Options or input that make the command a different act. */
  readonly other?: { readonly options?: readonly string[]; readonly input?: string }
  readonly before?: (threads: { readonly mine: Thread; readonly theirs: Thread }) => Promise<void>
  /** Steps between the first run and the repeat. */
  readonly between?: (threads: { readonly mine: Thread; readonly theirs: Thread }) => Promise<void>
}

const accepted: Case['before'] = ({ theirs }) => theirs.accept()
const asked: Case['before'] = ({ theirs }) => theirs.requestInfo({ questions: [{ text: 'Which?' }] })
const ended: Case['before'] = async ({ theirs }) => {
  await theirs.accept()
  await theirs.complete({ outcome: 'child-safe' })
}
const text = { options: ['--text'], input: 'Other.' }
const sections = join(directory, 'sections.json')

const CASES: Readonly<Record<string, Case>> = {
  accept: { by: 'ngo', other: text },
  decline: { by: 'ngo', options: ['--code', 'no-capacity', '--retry-after', '14d'], other: text },
  'request-info': { by: 'ngo', options: ['--needed-by', '2d'], input: 'Which?', other: { input: 'Who?' } },
  'provide-info': { by: 'hotline', input: 'This.', before: asked, between: asked, other: { input: 'That.' } },
  waitlist: { by: 'ngo', options: ['--expected', '30d'], other: text },
  disclose: { by: 'hotline', before: accepted, other: { options: ['--section', 'people'] } },
  progress: {
    by: 'ngo',
    options: ['--code', 'appointment', '--time', '3h'],
    before: accepted,
    other: { options: ['--time', '4h'] },
  },
  complete: { by: 'ngo', options: ['--code', 'child-safe'], before: accepted, other: text },
  fail: { by: 'ngo', options: ['--code', 'unreachable'], before: accepted, other: text },
  withdraw: { by: 'hotline', options: ['--code', 'sent-in-error', '--yes'], other: text },
  recall: { by: 'hotline', options: ['--code', 'sent-in-error', '--yes'], other: text },
  'attest-recall': {
    by: 'ngo',
    options: ['--code', 'restricted'],
    before: ({ mine }) => mine.recall({ code: 'sent-in-error' }),
    other: text,
  },
  consent: { by: 'ngo', options: ['--code', 'withdrawn'], other: text },
  correct: { by: 'hotline', options: [sections], other: text },
  note: { by: 'hotline', input: 'x', other: { input: 'y' } },
  feedback: { by: 'hotline', options: ['--code', 'helpful'], before: ended, other: text },
  'enter-in-error': { by: 'hotline', options: ['--yes'], other: text },
  seen: { by: 'ngo' },
}

const threads = new Map<string, string>()
const passphrase = join(directory, 'passphrase')
const party = (name: string) => all.find(({ id }) => id === `https://${name}.example`) as Party
const run = (by: string, parameters: readonly string[], input = ''): Promise<Ended> =>
  runDesk(
    [...parameters, '--json', '--dir', join(party(by).directory, 'desk'), '--passphrase-file', passphrase],
    { input },
  )
const received = (thread: Thread) =>
  vi.waitFor(
    async () => {
      const { delivery } = await thread.view()
      expect(delivery.every(({ state }) => state === 'received' || state === 'seen')).toBe(true)
    },
    { timeout: 60_000 },
  )
const close = () => Promise.all(all.map(({ desk }) => desk[Symbol.asyncDispose]()))

/** Opens all desks, runs the step of each case, and waits until both sides have received everything. */
async function withDesks(steps: Readonly<Record<string, Case['before']>>): Promise<void> {
  const [{ desk: hotline }, { desk: ngo }] = all as [Party, Party, Party]
  for (const [name, step] of Object.entries(steps)) {
    const mine = await hotline.thread(threads.get(name) as string)
    await received(mine)
    const theirs = await ngo.thread(mine.id)
    await step?.({ mine, theirs })
    await Promise.all([received(mine), received(theirs)])
  }
}

beforeAll(async () => {
  writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 })
  writeFileSync(sections, JSON.stringify(TRIAGE))
  const [{ desk: hotline }, ngo] = all as [Party, Party, Party]
  for (const name of Object.keys(CASES))
    threads.set(name, (await hotline.send(example('victim-support-grooming'), { to: ngo.id })).id)
  await withDesks(Object.fromEntries(Object.entries(CASES).map(([name, { before }]) => [name, before])))
  threads.set('resolve', await held())
  await close()
})

/** Sends a referral, and a withdrawal that the NGO holds because it does not support the code. */
async function held(): Promise<string> {
  const [, ngo, forging] = all as [Party, Party, Party]
  await using forger = await forge(forging, ngo.id)
  const refer = await forger.seal('refer', { sections: encodeSections(example('content-verification')) })
  const { threadId } = refer.manifest
  const value = { code: 'from-the-future' }
  const strange = await forger.seal('withdraw', { threadId, counter: 1, heads: [refer.digest], value })
  forger.submit(refer, strange)
  await forger.receipt()
  await forger.receipt()
  return toHex(threadId)
}

describe('a verb with --key', () => {
  test('every verb with a key has a case', () => {
    const nothing = new PassThrough()
    const { signal } = new AbortController()
    const shell = { stdin: nothing, stdout: nothing, stderr: nothing, environment: {}, now: Date.now }
    const program = buildProgram({ ...shell, signal, unread: signal } as never)
    const keyed = program.commands.filter(({ options }) => options.some(({ long }) => long === '--key'))
    const names = keyed.map((command) => command.name()).filter((name) => name !== 'preview')
    expect(names.sort()).toEqual([...Object.keys(CASES), 'resolve', 'send'].sort())
  })

  test.each(Object.entries(CASES))('%s', async (name, { by, options = [], input, other, between }) => {
    const id = threads.get(name) as string
    const call = [name, id, ...options, '--key', `key of ${name}`]
    const first = await run(by, call, input)
    expect(first).toMatchObject({ code: 0 })
    if (between !== undefined) await inBetween(name, between)
    const again = await run(by, call, input)
    expect(again, again.stderr).toMatchObject({ code: 0 })
    if (between === undefined) expect(stateOf(again)).toEqual(stateOf(first))
    if (other === undefined) return
    const conflict = await run(by, [...call, ...(other.options ?? [])], other.input ?? input)
    expect({ ...conflict, stderr: JSON.parse(conflict.stderr) }).toMatchObject({
      code: 1,
      stderr: { error: { reason: 'KEY_CONFLICT', hint: expect.stringContaining(id) } },
    })
  })

  test('resolve', async () => {
    const id = threads.get('resolve') as string
    const call = ['resolve', id, '--place', '--key', 'resolved']
    const first = await run('ngo', call)
    expect(first).toMatchObject({ code: 0 })
    const again = await run('ngo', call)
    expect(again).toMatchObject({ code: 0 })
    expect(stateOf(again)).toEqual(stateOf(first))
    expect(await run('ngo', ['resolve', id, '--refuse', '--key', 'resolved'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('KEY_CONFLICT'),
    })
  })

  test('send, even after the recipient was unpaired', async () => {
    const file = join(directory, 'referral.json')
    writeFileSync(file, JSON.stringify(example('victim-support-grooming')))
    const call = ['send', file, '--to', 'https://forger.example', '--yes', '--key', 'sent']
    const first = await run('hotline', call)
    expect(first).toMatchObject({ code: 0 })
    expect(await run('hotline', ['unpair', 'https://forger.example', '--yes'])).toMatchObject({ code: 0 })
    const again = await run('hotline', call)
    expect(again.stderr).toBe('')
    expect(JSON.parse(again.stdout).thread.id).toBe(JSON.parse(first.stdout).thread.id)
    const other = await run('hotline', [...call, '--ref', 'other'])
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('KEY_CONFLICT') })
  })
})

async function inBetween(name: string, between: Case['before']): Promise<void> {
  for (const one of all) one.desk = await openAgain(one.directory)
  await withDesks({ [name]: between })
  await close()
}

function stateOf({ stdout }: Ended): object {
  const { state, allowed, openQuestions, held } = JSON.parse(stdout)
  return { state, allowed, openQuestions, held }
}
