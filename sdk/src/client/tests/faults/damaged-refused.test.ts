// A damaged desk store on a full or read-only disk, or without free file descriptors: the desk reports that, loses nothing more, and recovers as soon
// as it can (T-079, T-080, T-140).
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import {
  example,
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  referralOf,
  withParties,
} from '../harness/parties.ts'

let hotline: Party
let ngo: Party

withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const deskOf = ({ directory }: Party) => join(directory, 'desk')
const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0
const mayLimit = spawnSync('prlimit', ['--version']).status === 0
if (!mayMount) console.warn('T-079: file systems are not tried, because mounting needs root.')

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step()
})

/** Receives a referral, closes the NGO's desk and damages the referral in the desk store. Returns the id of the thread. */
async function damagedReferral(): Promise<string> {
  const { id } = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await next(ngo.desk, referralOf(id))
  await ngo.desk[Symbol.asyncDispose]()
  const path = join(deskOf(ngo), 'desk.db')
  const db = new DatabaseSync(new URL(`file://${path}?immutable=1`), { readOnly: true })
  const query =
    'SELECT m.content FROM message m JOIN thread t ON t.sequence = m.thread WHERE t.id = unhex(?) LIMIT 1'
  const content = db.prepare(query).get(id)?.content as Uint8Array
  db.close()
  const file = openSync(path, 'r+')
  writeSync(file, 'damage', readFileSync(path).indexOf(content.subarray(0, 40)) + 20)
  closeSync(file)
  return id
}

/** Expects the desk to recover: the sender sends the referral again. */
async function recovers(id: string): Promise<void> {
  ngo.desk = await openAgain(ngo.directory)
  await next(ngo.desk, referralOf(id))
  const codes = (await ngo.desk.health()).problems.map(({ code }) => code)
  expect(codes).toContain('desk-restored')
  expect(codes).not.toContain('store-damaged')
}

test.skipIf(!mayMount)('T-079 T-140 on a full disk', async () => {
  const id = await damagedReferral()
  const directory = deskOf(ngo)
  const kept = mkdtempSync(join(tmpdir(), 'rex-kept-'))
  undo.push(() => rmSync(kept, { recursive: true }))
  cpSync(directory, kept, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory])
  cpSync(kept, directory, { recursive: true })
  const filler = join(directory, 'filler')
  expect(() => writeFileSync(filler, Buffer.alloc(4 * 1024 ** 2))).toThrow('ENOSPC')
  await expect(openAgain(ngo.directory)).rejects.toMatchObject({ reason: 'STORE_FULL' })
  rmSync(filler)
  await recovers(id)
  await ngo.desk[Symbol.asyncDispose]()
  cpSync(directory, kept, { recursive: true })
  execFileSync('umount', [directory])
  cpSync(kept, directory, { recursive: true })
  ngo.desk = await openAgain(ngo.directory)
})

test.skipIf(!mayMount)('T-079 T-140 on a read-only file system', async () => {
  const id = await damagedReferral()
  const directory = deskOf(ngo)
  execFileSync('mount', ['--bind', directory, directory])
  execFileSync('mount', ['-o', 'remount,bind,ro', directory])
  undo.push(() => execFileSync('umount', ['-l', directory]))
  await expect(openAgain(ngo.directory)).rejects.toMatchObject({
    reason: 'STORE_FAILED',
    message: `The store cannot be opened. The file system is read-only: ${directory}`,
  })
  execFileSync('mount', ['-o', 'remount,bind,rw', directory])
  await recovers(id)
})

/** A program that opens a desk on request, and prints the reason if it cannot open the desk. */
const PROGRAM = `
import { connect } from '@rex/sdk'
process.on('message', async (directory) => {
  try {
    await using desk = await connect({ directory, unlock: async () => '${PASSPHRASE}' })
    process.send({ reason: 'none' })
  } catch ({ reason, message }) {
    process.send({ reason, message })
  }
})
process.send('ready')`

test.skipIf(!mayLimit)('T-079 T-140 without free file descriptors', async () => {
  const id = await damagedReferral()
  const args = ['--conditions=@rex/source', '--no-warnings', '--input-type=module', '-e', PROGRAM]
  await using child = opening(
    spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  )
  await child.said()
  const used = () => readdirSync(`/proc/${child.pid}/fd`).map(Number)
  const before = used()
  const refused: unknown[] = []
  for (let free = 0; refused.at(-1) !== 'none'; free++) {
    const limit = ['--pid', `${child.pid}`, `--nofile=${limitWith(free, before)}:`]
    expect(spawnSync('prlimit', limit).status).toBe(0)
    const { reason, message } = await child.open(deskOf(ngo))
    refused.push(reason)
    if (reason !== 'none')
      expect([free, message]).toEqual([free, expect.stringContaining('too many open files')])
    await expect.poll(() => used().length).toBe(before.length)
  }
  expect(refused.length).toBeGreaterThan(5)
  await recovers(id)
})

/** Returns the limit that leaves exactly this many descriptors free. */
function limitWith(free: number, used: readonly number[]): number {
  const numbers = Array.from({ length: used.length + free + 1 }, (_, i) => i)
  return numbers.filter((number) => !used.includes(number))[free] as number
}

function opening(child: ChildProcess) {
  const said = async () => (await once(child, 'message'))[0] as { reason: string; message?: string }
  return {
    pid: child.pid,
    said,
    open(directory: string) {
      const answer = said()
      child.send(directory)
      return answer
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
