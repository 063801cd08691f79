// Runs every verb, and checks that its output with --json conforms to the schema. docs/guide/rex-desk.md, "Output for programs"
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { initGateway, startGateway } from '@rex/gateway'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { forge } from '../../client/tests/harness/forger.ts'
import { example, PASSPHRASE, type Party, withParties } from '../../client/tests/harness/parties.ts'
import { encodeSections } from '../../core/referral-codec/section.ts'
import { type Service, serve } from '../../service/index.ts'
import { firstLine, type Running, runDesk, startDesk } from '../../testing/harness/commands.ts'
import { faultsOf, verbsOfProgram } from './fixture.ts'

type Json = Readonly<Record<string, unknown>>
type Name = 'hotline' | 'ngo'

let all: Readonly<Record<Name | 'forger', Party>>
let services: Service[] = []
const ran = new Set<string>()
const root = withParties(['hotline', 'ngo', 'forger'], async ([hotline, ngo, forger]) => {
  all = { hotline, ngo, forger } as typeof all
  writeFileSync(at('passphrase'), PASSPHRASE, { mode: 0o600 })
  writeFileSync(at('triage.json'), JSON.stringify({ triage: example('victim-support-grooming').triage }))
  writeFileSync(at('case.json'), JSON.stringify({ data: { case_id: 'x', name: 'Testina', sex: 'unknown' } }))
  writeFileSync(at('referral.json'), JSON.stringify(example('victim-support-grooming')))
  services = await Promise.all(
    (['hotline', 'ngo'] as const).map((name) =>
      serve({ desk: all[name].desk, directory: deskOf(name), log: () => {} }),
    ),
  )
})
const at = (name: string) => join(root, name)
const deskOf = (name: string) => join(root, name, 'desk')
const NGO = 'https://ngo.example'
/** Runs a verb. `runDesk` compares the output with the schema. Returns the documents that the verb printed. */
async function run(by: Name, parameters: readonly string[], input = ''): Promise<Json[]> {
  const where = ['--dir', deskOf(by), '--passphrase-file', at('passphrase'), '--json']
  const { stdout, stderr, code } = await runDesk([...parameters, ...where], { input })
  // The exit code of `status` depends on the severity of the desk's problems.
  const isWell = code === 0 || (parameters[0] === 'status' && code === 1)
  expect({ parameters, stderr, isWell }).toMatchObject({ parameters, isWell: true })
  ran.add(parameters[0] ?? '')
  return parameters[0] === 'example'
    ? [JSON.parse(stdout)]
    : stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
}

/**
 * Passes the next items to a program that stores them, until an item of this kind has arrived. Checks each item
 * against the schema.
 */
async function receive(by: Name, of: string): Promise<Json> {
  for (;;) {
    await run(by, ['receive', '--once', '--exec', `cat > ${at('item.json')}`])
    const item = JSON.parse(readFileSync(at('item.json'), 'utf8'))
    expect(faultsOf('receive-exec', item)).toEqual([])
    if (item.kind === of || item.event?.type === of) return item
  }
}

async function sent(...more: string[]): Promise<string> {
  const [one] = await run('hotline', ['send', at('referral.json'), '--to', NGO, '--yes', ...more])
  await receive('ngo', 'referral')
  return (one as unknown as { readonly thread: { readonly id: string } }).thread.id
}

/** Repeats an action that `watch` reports, until `watch` has started and reports it. */
async function untilShown({ child }: Running, act: () => Promise<unknown>): Promise<void> {
  const first = firstLine(child).then(() => true)
  while (!(await Promise.race([first, delay(500, false)]))) await act()
}

const close = async () => {
  for (const service of services.splice(0)) await service[Symbol.asyncDispose]()
}
afterAll(close)

test('outputs of a case from the first referral to its end', async () => {
  await run('ngo', ['needs'])
  for (const verb of ['example', 'codes', 'schema']) await run('ngo', [verb])
  await run('ngo', ['example', 'advisory'])
  await run('ngo', ['codes', 'decline'])
  await run('hotline', ['import', 'primero', at('case.json')])
  await run('hotline', ['split', at('referral.json')])
  await run('hotline', ['lint', at('referral.json'), '--explain'])
  await run('hotline', ['preview', at('referral.json'), '--to', NGO])
  const watching = startDesk(['watch', '--json', '--dir', deskOf('ngo')])
  onTestFinished(() => void watching.child.kill('SIGKILL'))
  const id = await sent('--ref', 'H-1')
  await untilShown(watching, () => run('ngo', ['note', id], 'x'))
  await run('ngo', ['seen', id])
  await run('ngo', ['request-info', id], 'Which language?')
  await receive('hotline', 'request-info')
  await run('hotline', ['provide-info', id], 'Ukrainian.')
  await receive('ngo', 'provide-info')
  await run('ngo', ['waitlist', id, '--expected', '2d'])
  await run('ngo', ['accept', id, '--reference', 'N-1'])
  await receive('hotline', 'accept')
  await run('hotline', ['disclose', id])
  await run('hotline', ['correct', id, at('triage.json')])
  await run('hotline', ['consent', id, '--code', 'narrowed'])
  await receive('ngo', 'consent-change')
  await run('ngo', ['consent', id, '--acknowledge', '--code', 'restricted'])
  await run('ngo', ['progress', id, '--code', 'appointment', '--time', '3h'])
  for (const view of [[], ['--reveal']]) await run('ngo', ['show', id, ...view])
  expect(await run('hotline', ['inbox'])).toHaveLength(1)
  await run('ngo', ['complete', id, '--code', 'child-safe'])
  await run('hotline', ['feedback', id, '--code', 'helpful'])
  await run('hotline', ['enter-in-error', id, '--yes'])
  watching.child.kill('SIGINT')
  expect((await watching.ended).code).toBe(130)
  ran.add('watch')
  await run('ngo', ['hold', id])
  await run('ngo', ['hold', id, '--release'])
  await run('ngo', ['retention'])
  await run('hotline', ['export', id, '--out', at('evidence')])
  const [found] = await run('hotline', ['verify', at('evidence')])
  expect(found).toMatchObject({ holds: true, messages: expect.arrayContaining([expect.any(Object)]) })
})

test('outputs of refusals, recalls, erasures and items set aside', async () => {
  const group = [at('referral.json'), at('referral.json'), '--group']
  await run('hotline', ['send', ...group, '--to', NGO, '--yes'])
  const first = ((await receive('ngo', 'referral')).thread as { id: string }).id
  const second = ((await receive('ngo', 'referral')).thread as { id: string }).id
  await run('ngo', ['decline', first, '--code', 'no-capacity'])
  await run('ngo', ['accept', second])
  await run('ngo', ['fail', second, '--code', 'unreachable'])
  await receive('hotline', 'fail')
  const third = await sent()
  await run('hotline', ['recall', third, '--code', 'sent-in-error', '--yes'])
  await receive('ngo', 'recall')
  await run('ngo', ['attest-recall', third, '--code', 'restricted'])
  const fourth = await sent()
  await run('hotline', ['withdraw', fourth, '--code', 'sent-in-error', '--yes'])
  await receive('ngo', 'withdraw')
  await run('ngo', ['erase', third, '--reason', 'recall', '--yes'])
  expect(await run('ngo', ['erased'])).toHaveLength(1)
  await run('hotline', ['send', at('referral.json'), '--to', NGO, '--yes'])
  const [parked] = await run('ngo', ['receive', '--once', '--exec', 'exit 3'])
  expect(parked).toMatchObject({ settled: 'park' })
  expect(await run('ngo', ['parked'])).toHaveLength(1)
  await run('ngo', ['parked', '--done', 'all'])

  await using forger = await forge(all.forger, NGO)
  const refer = await forger.seal('refer', { sections: encodeSections(example('content-verification')) })
  const { threadId } = refer.manifest
  const value = { code: 'from-the-future' }
  forger.submit(refer, await forger.seal('withdraw', { threadId, counter: 1, heads: [refer.digest], value }))
  const held = await vi.waitFor(
    async () => {
      const found = (await run('ngo', ['inbox'])).find(
        ({ counterpart }) => counterpart === 'https://forger.example',
      )
      const [shown] = await run('ngo', ['show', found?.id as string])
      expect(shown).toMatchObject({
        tracks: [{ view: { held: [{ code: expect.stringContaining('from-the-future') }] } }],
      })
      return found?.id as string
    },
    { timeout: 60_000, interval: 200 },
  )
  await run('ngo', ['resolve', held, '--refuse'])
})

test('the desk itself: pairing, tokens, audit, keys, backups', async () => {
  await run('ngo', ['status'])
  expect(await run('ngo', ['changes'])).not.toHaveLength(0)
  for (const verb of ['webhooks', 'alerts']) await run('ngo', [verb, 'list'])
  const [made] = await run('ngo', ['invite', '--out', at('ngo.rexinvite')])
  expect(made).toMatchObject({ organisation: NGO })
  expect(await run('hotline', ['peers'])).toHaveLength(2)
  await run('hotline', ['unpair', NGO, '--yes'])
  await run('hotline', ['pair', at('ngo.rexinvite'), '--yes'])
  for (const token of [['add', 'a', '--scope', 'read'], ['list'], ['revoke', 'a']])
    await run('ngo', ['token', ...token])
  await close()
  await run('ngo', ['audit'])
  await run('ngo', ['audit', '--verify'])
  for (const { desk } of Object.values(all)) await desk[Symbol.asyncDispose]()
  const serving = startDesk([
    'serve',
    '--json',
    '--dir',
    deskOf('ngo'),
    '--passphrase-file',
    at('passphrase'),
  ])
  onTestFinished(() => void serving.child.kill('SIGKILL'))
  await firstLine(serving.child)
  serving.child.kill('SIGTERM')
  expect((await serving.ended).code).toBe(0)
  ran.add('serve')
  expect(await run('ngo', ['revoke'])).toHaveLength(2)
  await run('ngo', ['revoke', '--reason', 'retired', '--yes'])
  await run('ngo', ['rotate', 'entity', '--backup', at('rotated.rexbackup'), '--yes'])
  await run('ngo', ['backup', at('ngo.rexbackup')])
  await run('ngo', ['backup', '--verify', at('ngo.rexbackup')])
  const [kit] = await run('ngo', ['kit', '--new', '--kit-file', at('kit.txt')])
  expect(kit).toMatchObject({ replaced: true })
  await run('ngo', ['kit', '--check', '--kit-file', at('kit.txt')])
  writeFileSync(at('new'), 'another correct horse battery staple', { mode: 0o600 })
  await run('ngo', ['recover', '--kit-file', at('kit.txt'), '--new-passphrase-file', at('new')])
  await run('ngo', ['recover', '--kit-file', at('kit.txt'), '--new-passphrase-file', at('passphrase')])
  await run('ngo', ['passphrase', '--new-passphrase-file', at('passphrase')])
  const { token: again } = await all.ngo.gateway.createToken()
  await run('ngo', ['enrol'], again)
  const { token: restored } = await all.ngo.gateway.createToken()
  const elsewhere = ['--dir', at('restored'), '--passphrase-file', at('passphrase'), '--json', '--yes']
  const ended = await runDesk(['restore', at('ngo.rexbackup'), ...elsewhere], { input: restored })
  expect(ended).toMatchObject({ code: 0 })
  const listen = { directory: at('gateway'), organisation: 'https://new.example', listen: '127.0.0.1:0' }
  await using gateway = await startGateway((await initGateway(listen)).config)
  const { token: fresh } = await gateway.createToken()
  const init = [
    'init',
    '--name',
    'Another',
    '--dir',
    at('made'),
    '--passphrase-file',
    at('passphrase'),
    '--json',
  ]
  const { code, stderr } = await runDesk(init, { input: fresh })
  expect([code, stderr]).toEqual([0, expect.stringContaining('recovery kit')])
  for (const verb of ['restore', 'init']) ran.add(verb)
})

test('errors conform to their schema', async () => {
  const { stderr } = await runDesk(['lint', at('nothing.json'), '--json'])
  expect(faultsOf('error', JSON.parse(stderr))).toEqual([])
  expect(faultsOf('error', { error: { ...JSON.parse(stderr).error, more: 1 } })).toHaveLength(1)
})

test('every verb has been run', () => {
  expect([...ran].sort()).toEqual(verbsOfProgram().sort())
})
