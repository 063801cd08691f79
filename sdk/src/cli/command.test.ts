// Tests of `rex-desk` as people and programs run it: in a real process, which the launcher script starts. docs/guide/rex-desk.md
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rexDesk } from '../testing/harness/commands.ts'

test('help groups the verbs by task, and each verb has an example', async () => {
  const { code, stdout, stderr } = await rexDesk(['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/Every day:\n {2}inbox .*\n {2}show/)
  const verb = await rexDesk(['help', 'decline'])
  expect(verb.stdout).toMatch(/Example:\n {2}\$ rex-desk decline /)
  expect(verb.stdout).toContain('--passphrase-file')
})

test('without a verb the help goes to standard error, with the code for usage', async () => {
  const { code, stdout, stderr } = await rexDesk([])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Usage: rex-desk')
})

test('an unknown verb suggests the nearest one', async () => {
  const verb = await rexDesk(['acept', 'x'])
  expect(verb.code).toBe(2)
  expect(verb.stderr).toBe("rex-desk: Unknown command 'acept'.\n  Did you mean accept?\n")
  const option = await rexDesk(['inbox', '--mien'])
  expect(option.stderr).toContain('Did you mean --mine?')
  const list = await rexDesk(['codes', 'declin'])
  expect(list.stderr).toContain('Did you mean decline?')
})

test('with --json a refusal is one JSON document on standard error', async () => {
  const { code, stdout, stderr } = await rexDesk(['codes', 'nonsense', '--json'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(JSON.parse(stderr)).toMatchObject({ error: { reason: 'USAGE', exitCode: 2 } })
})

test('codes are listed with their meaning', async () => {
  const { stdout } = await rexDesk(['codes', 'decline'])
  expect(stdout).toContain('no-capacity  No capacity\n    The organisation cannot take the case now.')
  const { stdout: json } = await rexDesk(['codes', 'decline', '--json'])
  expect(JSON.parse(json)).toMatchObject({ name: 'decline', version: 1 })
})

test('colours are not for pipes', async () => {
  expect((await rexDesk(['codes', 'decline'])).stdout).not.toContain('\u001b')
})

test('lint shows findings in another language, and omits a confirmed finding', async () => {
  const referral = JSON.parse((await rexDesk(['example', 'victim-support'])).stdout)
  const [child, ...others] = referral.people
  const input = JSON.stringify({
    ...referral,
    people: [{ ...child, names: [{ kind: 'legal', full: 'Hope' }] }, ...others],
    triage: { ...referral.triage, note: { text: 'There is hope.', language: 'en' } },
  })
  const linted = (...options: string[]) => rexDesk(['lint', '-', ...options], { input })
  const { stdout } = await linted('--lang', 'es')
  expect(stdout).toContain('contiene una palabra que también es un nombre de child')
  expect(stdout).toContain('[has a word that is also a name of child')
  const { findings } = JSON.parse((await linted('--json')).stdout)
  expect(findings).toMatchObject([{ code: 'ordinary-word', path: 'triage.note.text', count: 1 }])
  expect(stdout).toContain(`--confirm ${findings[0].id}`)
  expect((await linted('--confirm', findings[0].id)).stdout).toBe('Nothing to improve.\n')
  expect(await linted('--confirm', 'all')).toMatchObject({ code: 2 })
  expect(await linted('--lang', 'tlh')).toMatchObject({ code: 2 })
})

test('lint reports contradictions and dates in the future', async () => {
  const referral = JSON.parse((await rexDesk(['example', 'victim-support'])).stdout)
  const [child, ...others] = referral.people
  const people = [{ ...child, stateless: true, nationalities: ['UA'], deceasedDate: '2999' }, ...others]
  const { stdout } = await rexDesk(['lint', '-', '--json'], {
    input: JSON.stringify({ ...referral, people }),
  })
  expect(JSON.parse(stdout).findings).toEqual([
    expect.objectContaining({ code: 'contradiction', path: 'people[0].stateless' }),
    expect.objectContaining({ code: 'date-in-future', path: 'people[0].deceasedDate' }),
  ])
})

test("an organisation's own presets are used and shown; an error in them states file and field", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rex-presets-'))
  const referral = JSON.parse((await rexDesk(['example', 'victim-support'])).stdout)
  const input = JSON.stringify({ ...referral, handling: 'night' })
  const linted = async (tlp: string) => {
    const presets = { 'victim-support': { handling: { night: { tlp, purposes: ['protection'] } } } }
    await writeFile(join(directory, 'presets.json'), JSON.stringify(presets))
    return rexDesk(['lint', '-', '--explain', '--dir', directory], { input })
  }
  expect(await linted('red')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/The preset "night" of handling stands for:\n.*red/),
  })
  const { code, stderr } = await linted('rde')
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/presets\.json: "victim-support"\.handling\.night\.tlp .*did you mean red/),
  })
  await rm(directory, { recursive: true })
})

const CASES = new URL('../testing/primero/', import.meta.url)
const caseOf = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`${name}.json`, CASES), 'utf8')).input

test('REX-REF-122 a case becomes a file that can be checked; the losses come first, most serious first', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rex-import-'))
  const [file, out] = [join(directory, 'case.json'), join(directory, 'referral.json')]
  await writeFile(file, JSON.stringify(await caseOf('01-unaccompanied')))
  const { code, stdout } = await rexDesk(['import', 'primero', file, '--out', out, '--test'])
  expect(code).toBe(0)
  const order = [
    'No field for it',
    'Carried in another form',
    'Stays with you',
    'Next',
    `rex-desk lint ${out}`,
  ]
  expect(order.map((text) => stdout.indexOf(text))).toEqual(
    order.map((text) => stdout.indexOf(text)).toSorted((a, b) => a - b),
  )
  expect(stdout).toContain('data.maritial_status → people[0].notes')
  expect(stdout).not.toContain('single')
  expect((await stat(out)).mode & 0o777).toBe(0o600)
  expect(await rexDesk(['lint', out])).toMatchObject({ code: 0 })
  const again = await rexDesk(['import', 'primero', file, '--out', out])
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('already a file') })
  await rm(directory, { recursive: true })
})

test('without --out nothing is saved; with --json losses and referral are data', async () => {
  const text = JSON.stringify(await caseOf('02-short'))
  const { code, stdout } = await rexDesk(['import', 'primero', '-', '--json'], { input: text })
  expect(code).toBe(0)
  const { referral, losses } = JSON.parse(stdout)
  expect(referral).toMatchObject({ kind: 'victim-support', test: false })
  expect(losses).toContainEqual(expect.objectContaining({ from: 'data.photos[0]', code: 'media' }))
  const shown = await rexDesk(['import', 'primero', '-'], { input: text })
  expect(shown.stdout).toContain('Nothing was saved.')
})

test('REX-REF-124 exports with many fields and decimals are read, repeated names are not', async () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`field_${i}`, i / 8]))
  const run = (text: string) => rexDesk(['import', 'primero', '-', '--json'], { input: text })
  expect(await run(JSON.stringify({ age: 9, ...many }))).toMatchObject({ code: 0 })
  expect(await run('{"age": 9, "age": 10}')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('twice'),
  })
  const fields = Array.from({ length: 4097 }, (_, i) => `"f${i}":1`)
  expect(await run(`{${fields.join()}}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('too many'),
  })
})

test('several cases are selected by number, and an unknown system is reported', async () => {
  const text = JSON.stringify(await caseOf('03-export'))
  const refused = await rexDesk(['import', 'primero', '-'], { input: text })
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--case 1') })
  const second = await rexDesk(['import', 'primero', '-', '--case', '2', '--json'], { input: text })
  expect(JSON.parse(second.stdout).referral.people[0].names[0].full).toBe('Rosa Ejemplo')
  const unknown = await rexDesk(['import', 'primro', '-'], { input: text })
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean primero?') })
})
