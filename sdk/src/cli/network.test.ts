// Tests in which two organisations refer a case to each other with commands, over gateways in separate processes. docs/guide/rex-desk.md
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Ended,
  enrolmentToken,
  firstLine,
  type Running,
  rexDesk,
  runDesk,
  startDesk,
  startGateway,
} from '../testing/harness/commands.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const NAME = 'Testina Exempla'
const HIDDEN = ['Testina', '555 0100', '\u001b']
const gateways: Running[] = []
let directory: string
const at = (name: string) => join(directory, name)

const options = (desk: string) => ['--dir', at(desk), '--passphrase-file', at('passphrase')]
type Run = typeof rexDesk
const deskOf =
  (name: string, run: Run): Run =>
  (parameters, given) =>
    run([...parameters, ...options(name)], given)
const hotline = deskOf('hotline', runDesk)
const ngo = deskOf('ngo', runDesk)
/** The same desks, with each command in a separate process. */
const started = { hotline: deskOf('hotline', rexDesk), ngo: deskOf('ngo', rexDesk) }

/** Returns the next item of a desk, in the form for programs. */
async function nextItem(desk: Run): Promise<{ kind: string; thread: { id: string } }> {
  const { stdout } = await desk(['receive', '--once', '--json', '--exec', `cat > ${at('item.json')}`])
  expect(JSON.parse(stdout)).toMatchObject({ settled: 'ack' })
  return JSON.parse(await readFile(at('item.json'), 'utf8'))
}

function json({ stdout, stderr, code }: Ended) {
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout)
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rex-desk-test-'))
  await writeFile(at('passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
  const [atHotline, atNgo] = await Promise.all([
    startGateway(at('hotline-gateway'), HOTLINE),
    startGateway(at('ngo-gateway'), NGO),
  ])
  gateways.push(atHotline, atNgo)
  const { hotline, ngo } = started
  const { stderr } = await hotline(['init', '--name', 'Hotline Example'], { input: atHotline.token })
  expect(stderr).toContain('rex-desk kit --new')
  const page = ['--kit-page', at('ngo-kit.html')]
  await ngo(['init', '--name', 'NGO Example', ...page], { input: `${atNgo.token}\n` })
  await hotline(['invite', '--out', at('hotline.rexinvite')])
  await ngo(['invite', '--out', at('ngo.rexinvite')])
  await hotline(['pair', at('ngo.rexinvite'), '--yes'])
  await ngo(['pair', at('hotline.rexinvite'), '--yes'])
  await writeFile(at('referral.json'), (await rexDesk(['example', 'victim-support'])).stdout)
})

afterAll(async () => {
  for (const { child } of gateways) child.kill('SIGKILL')
  await Promise.all(gateways.map(({ ended }) => ended))
  await rm(directory, { recursive: true })
})

test('T-119 init writes the recovery kit to a private page, which opens the desk', async () => {
  const page = await readFile(at('ngo-kit.html'), 'utf8')
  expect((await stat(at('ngo-kit.html'))).mode & 0o777).toBe(0o600)
  expect(page).toContain(`NGO Example (${NGO})`)
  const columns = [...page.matchAll(/<tr>.*?<\/tr>/g)].map(([row]) => [...row.matchAll(/<b><bdi>([a-z]+)/g)])
  const input = [0, 1, 2].flatMap((column) => columns.map((row) => row[column]?.[1])).join(' ')
  expect(json(await ngo(['kit', '--check', '--json'], { input }))).toEqual({ opens: true, organisation: NGO })
})

test('both see the same six words of each', async () => {
  const [ofNgo] = (await hotline(['peers', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const own = json(await ngo(['invite', '--json']))
  expect(ofNgo).toMatchObject({ organisation: NGO, name: 'NGO Example', words: own.words })
  expect((await stat(at('ngo.rexinvite'))).mode & 0o777).toBe(0o600)
})

test('a case is sent, asked about, answered, accepted, disclosed, completed and proven', async () => {
  const sent = await hotline(['send', at('referral.json'), '--to', NGO, '--ref', 'H-1', '--yes', '--json'])
  expect(json(sent)).toMatchObject({ thread: { ref: 'H-1', test: true }, recipients: [{ counterpart: NGO }] })

  const referral = await nextItem(started.ngo)
  expect(referral).toMatchObject({ kind: 'referral', thread: { role: 'recipient', test: true } })
  expect(JSON.stringify(referral)).not.toContain(NAME)
  const { id } = referral.thread

  const input = '[people[0].languages] Which language?\n'
  expect(json(await ngo(['request-info', id.slice(0, 8), '--json'], { input })).state).toBe('info-requested')
  expect(await nextItem(started.hotline)).toMatchObject({ kind: 'event', event: { type: 'request-info' } })
  expect(json(await hotline(['provide-info', 'H-1', '--json'], { input: 'Ukrainian.' }))).toMatchObject({
    openQuestions: [],
  })
  await nextItem(started.ngo)

  const accepted = await ngo(['accept', id, '--reference', 'N-1'])
  expect(accepted.stdout).toMatch(/^Accepted\.\n {2}thread .*\n {2}state {6}accepted, responsible: you\n/)
  await nextItem(started.hotline)
  json(await hotline(['disclose', 'H-1', '--json']))
  await nextItem(started.ngo)

  const text = `${NAME} came. \u001b[2J`
  json(await ngo(['complete', id, '--code', 'service-provided', '--text', '--json'], { input: text }))
  expect(await nextItem(started.hotline)).toMatchObject({
    event: { type: 'complete', content: { outcome: 'service-provided' } },
  })
})

test('names are masked unless revealed, for people and for programs; T-122 nothing acts on the terminal', async () => {
  const { stdout } = await hotline(['show', 'H-1'])
  expect(stdout).toContain('••• came. \\u{1b}[2J')
  for (const hidden of HIDDEN) expect(stdout).not.toContain(hidden)
  expect(stdout.indexOf('Read this before any contact')).toBeLessThan(stdout.indexOf('channels'))
  const document = (await hotline(['show', 'H-1', '--json'])).stdout
  for (const hidden of HIDDEN) expect(document).not.toContain(hidden)
  expect((await hotline(['show', 'H-1', '--reveal'])).stdout).toContain(NAME)
})

test('REX-REF-095 a sender sees the needs of an organisation before it sends', async () => {
  await writeFile(at('needs.json'), '{"victim-support":{"must":["triage.rsk"]}}')
  const typo = await ngo(['needs', at('needs.json')])
  expect(typo).toMatchObject({ code: 1, stderr: expect.stringContaining('did you mean risk?') })
  const needs = { 'victim-support': { must: ['accounts.handle'] } }
  await writeFile(at('needs.json'), JSON.stringify(needs))
  expect(JSON.parse((await ngo(['needs', at('needs.json'), '--json'])).stdout)).toEqual({ needs })
  expect((await ngo(['needs'])).stdout).toContain('accounts.handle')

  const linted = await hotline(['lint', at('referral.json'), '--for', NGO, '--json'])
  expect(linted.code).toBe(1)
  expect(JSON.parse(linted.stdout).findings).toContainEqual(
    expect.objectContaining({ severity: 'error', path: 'accounts.handle' }),
  )
  await rm(at('ngo/needs.json'))
  // The next command of the NGO that needs its own statement publishes the statement again, now without needs.
  expect((await ngo(['invite', '--out', at('newer.rexinvite')])).code).toBe(0)
  expect((await hotline(['lint', at('referral.json'), '--for', NGO])).code).toBe(0)
})

test('several files are sent as a group, and the recipient sees the position of each', async () => {
  const files = [at('referral.json'), at('referral.json')]
  const alone = await hotline(['send', ...files, '--to', NGO, '--yes'])
  expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('--group') })
  const send = ['send', ...files, '--group', '--key', 'family', '--to', NGO, '--yes', '--json']
  const { group } = json(await hotline(send))
  expect(json(await hotline(send)).group.map(({ thread }: { thread: object }) => thread)).toEqual(
    group.map(({ thread }: { thread: object }) => thread),
  )
  const [, second] = [await nextItem(ngo), await nextItem(ngo)]
  expect(second).toMatchObject({ referral: { group: { index: 2, size: 2 } } })
  expect((await ngo(['show', second.thread.id])).stdout).toContain('2 of 2 of a group')
})

test('evidence verifies with the words alone, and fails after a change', async () => {
  expect((await hotline(['export', 'H-1', '--out', at('evidence')])).code).toBe(0)
  expect((await hotline(['export', 'H-1', '--out', at('evidence')])).stderr).toContain(
    'There is already a file',
  )
  const words = (await hotline(['peers', '--json'])).stdout
  const pins = [
    `${HOTLINE}=${json(await hotline(['invite', '--json'])).words.join(' ')}`,
    `${NGO}=${JSON.parse(words).words.join(' ')}`,
  ].flatMap((pin) => ['--words', pin])
  const proven = json(await rexDesk(['verify', at('evidence'), '--json', ...pins]))
  expect(proven).toMatchObject({
    holds: true,
    messages: [{ type: 'REFER', sender: HOTLINE, test: true }, {}, {}, {}, {}, {}],
  })

  const wrong = await rexDesk(['verify', at('evidence'), '--words', `${HOTLINE}=a b c d e f`])
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('another key') })
  const bytes = await readFile(at('evidence'))
  bytes[bytes.length - 100] = (bytes.at(-100) as number) ^ 1
  await writeFile(at('tampered'), bytes)
  expect(await hotline(['verify', at('tampered')])).toMatchObject({ code: 1, stdout: '' })
})

test('a verb that is not possible now is refused, with the possible ones', async () => {
  const { code, stderr } = await hotline(['accept', 'H-1'])
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/accept is not possible now\.\n {2}Possible now: /),
  })
  expect(await hotline(['show', 'H-7'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no thread "H-7"'),
  })
})

test('every other verb reaches the other side and leads to the right state', async () => {
  json(await hotline(['send', at('referral.json'), '--to', NGO, '--ref', 'H-3', '--yes', '--json']))
  const { id } = (await nextItem(ngo)).thread
  const said = (desk: typeof ngo, other: typeof ngo) => async (line: string, type: string, state: string) => {
    const [verb = '', ...parameters] = line.split(' ')
    const { state: stands } = json(await desk([verb, id, ...parameters, '--json']))
    const content = { event: { type } }
    expect([line, stands, await nextItem(other)]).toMatchObject([line, state, content])
  }
  const we = said(hotline, ngo)
  const they = said(ngo, hotline)
  await they('waitlist --expected 2d --position 3', 'waitlist', 'waitlisted')
  const { consents, people } = JSON.parse(await readFile(at('referral.json'), 'utf8'))
  await writeFile(at('consents.json'), JSON.stringify({ consents }))
  await writeFile(at('people.json'), JSON.stringify({ people }))
  await we(`correct ${at('consents.json')}`, 'correct', 'waitlisted')
  expect(await hotline(['correct', id, at('people.json')])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the referrer cannot send people with correct'),
  })
  await they('accept', 'accept', 'accepted')
  await we(`correct ${at('people.json')}`, 'correct', 'accepted')
  await we(`consent --code narrowed --person ${people[0].id}`, 'consent-change', 'accepted')
  await they('consent --acknowledge --code restricted', 'consent-acknowledgement', 'accepted')
  const { events } = json(await hotline(['show', id, '--json']))
  const { digest } = events.find(({ type }: { type: string }) => type === 'correct')
  await we(`recall --code sent-in-error --message ${digest} --yes`, 'recall', 'accepted')
  await they('attest-recall --code restricted', 'recall-attestation', 'accepted')
  await they('progress --code contact-attempted', 'progress', 'in-progress')
  await they('fail --code unreachable --alternative https://other.example', 'fail', 'failed')
  await we('feedback --code not-actionable', 'feedback', 'failed')
  await we('enter-in-error --yes', 'entered-in-error', 'entered-in-error')
  expect(json(await ngo(['seen', id, '--json']))).toMatchObject({ state: 'entered-in-error' })
  const shown = async () => (await hotline(['show', id])).stdout
  await expect.poll(shown, { timeout: 60_000 }).toContain(`to ${NGO}: seen by a person`)
}, 300_000)

test('REX-THR-032 a disclosure sends the sections that the preview announced', async () => {
  const to = `${NGO}:triage,handling,consent`
  const preview = json(await hotline(['preview', at('referral.json'), '--to', to, '--json']))
  expect(preview.recipients).toMatchObject([{ organisation: NGO, staged: [] }])
  json(await hotline(['send', at('referral.json'), '--to', to, '--ref', 'H-4', '--yes', '--json']))
  const { id } = (await nextItem(ngo)).thread
  json(await ngo(['accept', id, '--json']))
  await nextItem(hotline)
  const nothing = await hotline(['disclose', 'H-4'])
  expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing left to disclose') })
  json(await hotline(['disclose', 'H-4', '--section', 'contact', '--json']))
  expect(await nextItem(ngo)).toMatchObject({ event: { type: 'disclose' } })
  const { referral } = json(await ngo(['show', id, '--json']))
  expect([referral.contact !== undefined, referral.people]).toEqual([true, undefined])
})

test('T-155 a recalled referral is kept under legal hold, then erased, and the other side is told', async () => {
  const sent = ['send', at('referral.json'), '--to', NGO, '--yes', '--json']
  const { thread } = json(await hotline(sent))
  await nextItem(ngo)
  json(await hotline(['recall', thread.id, '--code', 'sent-in-error', '--yes', '--json']))
  await nextItem(ngo)
  expect((await ngo(['show', thread.id])).stdout).toContain('erase --reason recall')
  json(await ngo(['hold', thread.id, '--text', '--json'], { input: 'Court of Exampleton' }))
  expect((await ngo(['show', thread.id])).stdout).toContain('under legal hold since')
  const erase = ['erase', thread.id, '--reason', 'recall', '--json']
  expect(await ngo([...erase, '--yes'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('legal hold'),
  })
  json(await ngo(['hold', thread.id, '--release', '--json']))
  expect(await ngo(erase)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  const erased = { id: thread.id, reason: 'recall', forced: false }
  expect(json(await ngo([...erase, '--yes']))).toMatchObject(erased)
  expect(json(await ngo(['erased', '--json']))).toMatchObject(erased)
  expect(await ngo(['show', thread.id])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('was erased'),
  })
  expect(await nextItem(hotline)).toMatchObject({ event: { content: { code: 'destroyed' } } })
  expect(await nextItem(ngo)).toMatchObject({ kind: 'erased' })
})

test('while `watch` runs, other commands say that the desk is in use; Ctrl-C ends it', async () => {
  json(await hotline(['send', at('referral.json'), '--to', NGO, '--ref', 'H-2', '--yes', '--json']))
  const watching = startDesk(['watch', ...options('ngo')])
  await firstLine(watching.child)
  const { code, stderr } = await ngo(['inbox'])
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Another process has the desk'),
  })
  watching.child.kill('SIGINT')
  expect(await watching.ended).toMatchObject({ code: 130 })
})

test('an item that a program cannot process is set aside, listed, reported as a problem, and can be put back', async () => {
  json(await hotline(['send', at('referral.json'), '--to', NGO, '--ref', 'H-5', '--yes', '--json']))
  const parking = await ngo(['receive', '--once', '--json', '--exec', 'cat > /dev/null; exit 3'])
  expect(JSON.parse(parking.stdout)).toMatchObject({ kind: 'referral', settled: 'park' })
  expect(await ngo(['status'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('1 item waits for a person'),
  })
  const parked = json(await ngo(['parked', '--json']))
  expect(parked).toMatchObject({ kind: 'referral', reason: 'The program ended with exit code 3.' })
  expect(await ngo(['parked', '--put-back', 'ffffffffff'])).toMatchObject({ code: 1 })
  expect(await ngo(['parked', '--put-back', parked.id.slice(0, 8)])).toMatchObject({ code: 0 })
  expect(await nextItem(ngo)).toMatchObject({ id: parked.id })
  expect((await ngo(['parked'])).stdout).toBe('Nothing is set aside.\n')
})

test('resolve asks for a decision, and says when nothing is held', async () => {
  const undecided = await hotline(['resolve', 'H-5'])
  expect(undecided).toMatchObject({ code: 2, stderr: expect.stringContaining('--place or --refuse') })
  const nothing = await hotline(['resolve', 'H-5', '--place'])
  expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('No such message is held') })
})

test('a wrong passphrase is refused; T-119 nobody can open a debugger while the desk is unlocked', async () => {
  const wrong = await rexDesk(['inbox', '--dir', at('ngo'), '--passphrase-stdin'], { input: 'guess' })
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('The passphrase is wrong') })
  const command = `kill -USR1 $PPID; cat ${at('passphrase')}`
  const signalled = await rexDesk(['inbox', '--dir', at('ngo'), '--passphrase-command', command])
  expect(signalled).toMatchObject({ code: 0, stderr: '' })
})

test('T-119 a text is not accepted as an argument', async () => {
  const { stderr } = await ngo(['note', 'H-1', 'a text'])
  expect(stderr).toContain('Too many arguments')
})

test('REX-THR-028 a desk from a backup is restored before it opens; the others are told', async () => {
  await rm(join(at('ngo'), 'current.json'))
  const refused = await ngo(['inbox'])
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('rex-desk restore') })
  const input = await enrolmentToken(at('ngo-gateway'))
  expect(await ngo(['restore'], { input })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--yes'),
  })
  const restored = await ngo(['restore', '--yes', '--json'], { input })
  expect(json(restored)).toEqual({ restored: true, organisation: NGO })
  expect(json(await ngo(['peers', '--json']))).toMatchObject({ organisation: HOTLINE })
  for (let resumed = false; !resumed; ) {
    const item = await nextItem(hotline)
    resumed = 'event' in item && (item.event as { type: string }).type === 'resumed'
  }
  const again = await ngo(['enrol', '--json'], { input: await enrolmentToken(at('ngo-gateway')) })
  expect(json(again)).toEqual({ enrolled: true, organisation: NGO })
  expect(JSON.parse((await ngo(['status', '--json'])).stdout).certificateExpiresMs).toBeGreaterThan(
    Date.now(),
  )
})
