// Desks and gateways that crash, hang, flood or lie: each case gets a verdict, and the run continues. For codecs, see
// runner.test.ts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnrolmentToken } from '@rex/proto/mailbox/v1/mailbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTarget } from '../../mutants/build.ts'
import { type RunScenarios, runScenarios } from '../../runner/desk/run.ts'
import { type GatewayCase, runGateway } from '../../runner/gateway/run.ts'
import type { Hook } from '../../runner/gateway/target.ts'
import type { Verdict } from '../../runner/verdict.ts'
import type { Scenario } from '../../suite/scenario.ts'

const LIMIT = 300

let folder: string
let silent: Server
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rex-conformance-'))
  await buildTarget(join(folder, 'target.mjs'), join(import.meta.dirname, 'misbehaving.ts'))
  silent = createServer(() => {})
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
})
afterAll(() => {
  silent.close()
  rmSync(folder, { recursive: true, force: true })
})

const about = { suite: 'loop', title: 'It works.', requirements: [], features: [] }
/** Makes a scenario that begins without a desk, and so needs no preparation. */
const scenario = (name: string, more: Scenario['steps'] = []): Scenario => {
  return { ...about, name, steps: [{ do: 'open', token: {} }, ...more] }
}

function outcomesOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ outcome, received }) => `${outcome}: ${received.split('\n')[0]}`)
}

/** Runs two scenarios, or those in `options`, against a desk with this fault, and returns their outcomes. */
async function ofDesk(fault: string, options: Partial<RunScenarios> = {}) {
  const command = [process.execPath, 'target.mjs', fault, join(folder, fault)] as const
  const target = { name: fault, kind: 'desk', command, folder } as const
  const scenarios = [scenario('one'), scenario('two')]
  return outcomesOf((await runScenarios({ scenarios, target, parallel: 1, ...options })).verdicts)
}

/** Counts the lines of a file in the folder. */
function linesOf(name: string): number {
  return readFileSync(join(folder, name), 'utf8').split('\n').length - 1
}

const MUCH = 'flooded: Its answer has more than 4194304 bytes.'
test.each([
  ['crashes', 'crashed: It ended with exit code 3. out of order'],
  ['floods', MUCH],
  ['announces-much', MUCH],
  ['other-case', 'other-case: It answered "another".'],
  ['garbage', 'unreadable: Its answer is no ConformanceResponse.'],
  ['no-result', 'unreadable: Its answer has no result.'],
  ['version', 'version: It speaks version 2 of the dialogue; this runner speaks 1.'],
  ['unsupported', 'failed: refused with unsupported  ()'],
])('a desk that %s gets a verdict for each case, and the run goes on', async (fault, verdict) => {
  expect(await ofDesk(fault)).toEqual([verdict, verdict])
})

test('a desk that hangs, at a step or at its greeting, gets a verdict for each case', async () => {
  const hung = `hung: No answer within ${3 * LIMIT} ms.`
  expect(await ofDesk('hangs', { stepLimitMs: LIMIT })).toEqual([hung, hung])
  const mute = `hung: No answer within ${LIMIT} ms.`
  expect(await ofDesk('mute', { startLimitMs: LIMIT })).toEqual([mute, mute])
})

test('a desk whose answer is not JSON', async () => {
  const check = scenario('one', [{ do: 'check' }])
  const unreadable = expect.stringMatching(/^unreadable: .*JSON/)
  expect(await ofDesk('no-json', { scenarios: [check, check] })).toEqual([unreadable, unreadable])
})

test('a desk that lists other features after a restart', async () => {
  expect((await ofDesk('fickle'))[1]).toMatch(/^unreadable: It greets otherwise than before: now REX-1, run /)
})

test('a desk that cannot be prepared is tried three times', async () => {
  const scenarios = Array.from({ length: 6 }, (_, i) => ({
    ...about,
    name: `case_${i}`,
    steps: [{ do: 'open' }],
  }))
  const crashed = 'crashed: It ended with exit code 3. out of order'
  const before = linesOf('crashes')
  expect(await ofDesk('crashes', { scenarios })).toEqual(scenarios.map(() => crashed))
  expect(linesOf('crashes') - before).toBe(3)
})

type Hooks = Partial<Record<Hook, readonly string[]>>

async function ofGateway(hooks: Hooks, count = 2) {
  const named = (i: number): GatewayCase => ({
    ...about,
    name: `case_${i}`,
    steps: [{ do: 'connect', by: 'desk' }],
  })
  const cases = Array.from({ length: count }, (_, i) => named(i))
  const target = { name: 'bad', features: [], hooks: { token: ['true'], ...hooks }, folder }
  return outcomesOf((await runGateway({ cases, target, parallel: 1, caseLimitMs: LIMIT })).verdicts)
}

const node = (script: string) => [process.execPath, '-e', script]

test.each<[string, Hooks, string]>([
  [
    'cannot be made',
    { make: ['sh', '-c', 'echo no disk >&2; exit 3'] },
    'crashed: The hook make ended with exit code 3. no disk',
  ],
  [
    'does not exist',
    { start: ['./absent'] },
    'crashed: The gateway ended with exit code -2. spawn ./absent ENOENT',
  ],
  [
    'ends at once',
    { start: ['sh', '-c', 'echo port taken >&2; exit 1'] },
    'crashed: The gateway ended with exit code 1. port taken',
  ],
  ['has no token', {}, 'crashed: The hook token printed no enrolment token.'],
  [
    'floods a hook',
    { token: node('setInterval(() => process.stdout.write("x".repeat(65536)))') },
    'flooded: The hook token printed more than 1048576 characters.',
  ],
  [
    'floods its output',
    { start: node('setInterval(() => process.stdout.write("x".repeat(65536)))') },
    'crashed: The hook token printed no enrolment token.',
  ],
])('a gateway that %s gets a verdict for each case, and the run goes on', async (_, hooks, verdict) => {
  expect((await ofGateway(hooks)).map((one) => one.trim())).toEqual([verdict, verdict])
})

test('a gateway that accepts connections and never answers is tried three times', async () => {
  const { port } = silent.address() as { port: number }
  const bytes = EnrolmentToken.encode({
    organisation: 'https://hotline.example',
    address: `127.0.0.1:${port}`,
    authorityDigest: new Uint8Array(32),
    secret: new Uint8Array(16),
  }).finish()
  const made = join(folder, 'tokens')
  const token = [
    'sh',
    '-c',
    'echo token >>"$0"; echo "$1"',
    made,
    `rex-token-${Buffer.from(bytes).toString('base64url')}`,
  ]
  const hung = `hung: Nothing came: an answer to enrolment was awaited for ${LIMIT} ms.`
  expect(await ofGateway({ token }, 6)).toEqual(Array(6).fill(hung))
  expect(linesOf('tokens')).toBe(3)
})
