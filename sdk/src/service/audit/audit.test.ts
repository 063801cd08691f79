// Tests of the audit log: its chain, its end, its rotation, and its state after a crash or on a full disk. docs/guide/service.md,
// "Audit log"
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock as clock } from '../../client/clock/clock.ts'
import { AuditLog, type AuditRecord, verifyAudit } from './index.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-audit-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const file = (name: string) => join(directory, 'audit', name)
const FIRST = '00000001.log'
const look = (operation: string) => ({ what: 'look', operation, door: 'socket', outcome: 'done' }) as const

/** Writes this many records, and closes the log. */
async function wrote(count: number, limits: object = {}) {
  const log = await AuditLog.open(directory, { clock, ...limits })
  await Promise.all(Array.from({ length: count }, (_, i) => log.write(look(`view${i}`))))
  await log.close()
  return log.last
}

test('records are in the order of the calls, and continue after a restart', async () => {
  await wrote(3)
  const log = await AuditLog.open(directory, { clock })
  const of = await log.write({ what: 'begin', operation: 'accept', actor: 'maria', door: 'group' })
  expect((await verifyAudit(directory)).open).toEqual([of])
  await log.write({ what: 'end', of, outcome: 'done' })
  const known = log.last
  await log.close()
  const records: AuditRecord[] = []
  const check = await verifyAudit(directory, { known, each: (record) => records.push(record) })
  expect(check).toEqual({ from: 1, last: known, open: [], faults: [] })
  expect(records.map(({ seq, operation }) => [seq, operation])).toEqual([
    [1, 'view0'],
    [2, 'view1'],
    [3, 'view2'],
    [4, 'accept'],
    [5, undefined],
  ])
})

test('the end of an act costs no flush of its own: it is written with the next record, soon, or when the log closes', async () => {
  const log = await AuditLog.open(directory, { clock })
  const begin = () => log.write({ what: 'begin', operation: 'accept', actor: 'maria', door: 'group' })
  const open = async () => (await verifyAudit(directory)).open
  const first = await begin()
  void log.write({ what: 'end', of: first, outcome: 'done' })
  expect(await open()).toEqual([first])
  const second = await begin()
  expect(await open()).toEqual([second])
  void log.write({ what: 'end', of: second, outcome: 'done' })
  await expect.poll(open).toEqual([])
  const third = await begin()
  void log.write({ what: 'end', of: third, outcome: 'done' })
  await log.close()
  expect(await open()).toEqual([])
})

test('an edited record, a removed record and a cut end are noticed, and the service does not start', async () => {
  const known = await wrote(5)
  const whole = readFileSync(file(FIRST), 'utf8')
  const lines = whole.split('\n')
  const cut = (text: string) => text.slice(0, -1).split('\n').slice(0, -1).join('\n')
  const FORGED: readonly (readonly [what: string, content: string, fault: string])[] = [
    ['an edit', whole.replace('view1', 'view9'), `${FIRST} was changed after record 1.`],
    ['one less', lines.toSpliced(2, 1).join('\n'), `${FIRST} was changed after record 1.`],
    [
      'two exchanged',
      lines.toSpliced(2, 2, lines[3] ?? '', lines[2] ?? '').join('\n'),
      `${FIRST} was changed after record 1.`,
    ],
    ['a cut end', `${cut(whole)}\n`, 'The end is missing: record 5 was there.'],
    ['half a record', whole.slice(0, -20), 'The end is missing: record 5 was there.'],
    ['another first line', whole.replace('after 0', 'after 7'), 'The end is missing: record 5 was there.'],
  ]
  for (const [what, content, fault] of FORGED) {
    writeFileSync(file(FIRST), content)
    expect([what, (await verifyAudit(directory)).faults]).toEqual([what, expect.arrayContaining([fault])])
    await expect(AuditLog.open(directory, { clock }), what).rejects.toMatchObject({ reason: 'STORE_FAILED' })
  }
  writeFileSync(file(FIRST), whole)
  expect((await verifyAudit(directory, { known })).faults).toEqual([])
  rmSync(file('head'))
  expect((await verifyAudit(directory)).faults).toEqual(['The head is missing.'])
  await expect(AuditLog.open(directory, { clock })).rejects.toMatchObject({ reason: 'STORE_FAILED' })
  rmSync(file(FIRST))
  await expect(verifyAudit(directory)).rejects.toMatchObject({ reason: 'NOT_FOUND' })
})

test('a rewritten log does not contain a link that was noted earlier', async () => {
  const known = await wrote(3)
  rmSync(join(directory, 'audit'), { recursive: true })
  await wrote(4)
  expect((await verifyAudit(directory)).faults).toEqual([])
  expect((await verifyAudit(directory, { known })).faults).toEqual([
    'Record 3 is not the one that was noted.',
  ])
})

test('T-087 a half-written record after a crash is removed, and the log continues; an older head is no fault', async () => {
  await wrote(2)
  const head = readFileSync(file('head'))
  await wrote(1)
  writeFileSync(file('head'), head)
  writeFileSync(file(FIRST), `${readFileSync(file(FIRST), 'utf8')}0123 {"seq":4,"at`)
  expect((await verifyAudit(directory)).faults).toEqual([])
  const { seq } = await wrote(1)
  expect(seq).toBe(4)
  expect((await verifyAudit(directory)).faults).toEqual([])
})

test('files are rotated and the chain continues; a file that the rotation did not delete is missed', async () => {
  const limits = { fileBytes: 1000, files: 3 }
  for (const _ of Array(12)) await wrote(5, limits)
  const names = readdirSync(join(directory, 'audit')).filter((name) => name.endsWith('.log'))
  expect(names).toHaveLength(3)
  const { from, last, faults } = await verifyAudit(directory, { files: 3 })
  expect([from > 1, last.seq, faults]).toEqual([true, 60, []])
  rmSync(file(names[0] ?? ''))
  expect((await verifyAudit(directory, { files: 3 })).faults).toEqual(['Files are missing.'])
  truncateSync(file(names[2] ?? ''), 0)
  expect((await verifyAudit(directory, { files: 3 })).faults).toContain(
    `${names[2]} does not follow the file before.`,
  )
})

/** Whether this user may mount a file system of 64 KiB. */
const mayMount = () => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]).status === 0

test('T-078 records that a full disk does not accept are refused, and the log continues once there is space', async ({
  skip,
}) => {
  if (!mayMount()) return skip('only root may mount a file system')
  try {
    await fillAndFree()
  } finally {
    execFileSync('umount', ['-l', directory])
  }
})

async function fillAndFree() {
  const log = await AuditLog.open(directory, { clock })
  await log.write(look('view'))
  const before = readFileSync(file(FIRST))
  const filler = openSync(join(directory, 'filler'), 'w')
  expect(() => Array.from({ length: 64 }, () => writeSync(filler, Buffer.alloc(1024)))).toThrow('ENOSPC')
  const long = { ...look('threads'), actor: 'm'.repeat(8000) }
  await expect(log.write(long)).rejects.toMatchObject({ reason: 'STORE_FULL' })
  expect(readFileSync(file(FIRST))).toEqual(before)
  ftruncateSync(filler)
  closeSync(filler)
  expect(await log.write(long)).toBe(2)
  await log.close()
  expect((await verifyAudit(directory)).faults).toEqual([])
}
