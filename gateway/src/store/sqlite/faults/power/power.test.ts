import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@rex/sdk/sqlite'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../../testing/directory.ts'
import { seeded } from '../../../../testing/random.ts'
import { openSqliteStore } from '../../store.ts'
import { createDisk, type Happening, happenings, TRACED } from './images.ts'

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url))
const strace = spawnSync('strace', ['-V']).status === 0
/** Number of moments at which the power fails, half of them next to a flush or a deletion. `REX_POWER` sets another number. */
const MOMENTS = Number(process.env.REX_POWER ?? 100)
/** Number of commits by the writer. */
const COMMITS = 43

/** Chooses events after which the power fails: the last event, some next to flushes and deletions, and some at random. */
function moments(all: readonly Happening[], random: () => number): Set<number> {
  const decisive = [...all.keys()].filter((i) => !['write', 'create'].includes(all[i]?.kind ?? ''))
  const chosen = Array.from({ length: MOMENTS }, (_, i) =>
    i % 2 === 0
      ? Math.floor(random() * all.length)
      : (decisive[Math.floor(random() * decisive.length)] ?? 0) - Math.floor(random() * 2),
  )
  return new Set([...chosen, all.length - 1])
}

/**
 * Reopens a store. Returns which commits are there with both their item and their ledger entry (`both`), which are there with only one of the two
 * (`one`), and whether the store is damaged.
 */
async function contents(path: string) {
  const whole = { integrity: '', both: [] as number[], one: [] as number[], damaged: false }
  const store = openSqliteStore(path)
  whole.damaged = store.damage !== undefined
  await store[Symbol.asyncDispose]()
  const db = openDatabase(path)
  whole.integrity = String(Object.values(db.prepare<object>('PRAGMA integrity_check').get() ?? {})[0])
  const numbers = (sql: string) =>
    db
      .prepare<{ id: Uint8Array }>(sql)
      .all()
      .map(({ id }) => Buffer.from(id).readUInt32BE(0))
  const [items, entries] = [
    numbers('SELECT substr(content, 1, 16) AS id FROM item ORDER BY cursor'),
    numbers('SELECT envelope_id AS id FROM ledger ORDER BY seq'),
  ]
  whole.both = items.filter((id) => entries.includes(id))
  whole.one = [...items, ...entries].filter((id) => !whole.both.includes(id))
  db.close()
  return whole
}

test.skipIf(!strace)(
  'T-076 P1 after a power failure at any moment, every acknowledged commit is complete, and the store is undamaged',
  async () => {
    using directory = temporaryDirectory()
    const path = join(directory.path, 'store.sqlite')
    const log = join(directory.path, 'strace.log')
    const options = ['-f', '-y', '-xx', '-s', '10000000', '-e', `trace=${TRACED}`, '-o', log]
    const node = [process.execPath, '--conditions=@rex/source', '--disable-warning=ExperimentalWarning']
    const written = spawnSync('strace', [...options, ...node, WRITER, path], {
      encoding: 'utf8',
      // Prevents Node from writing compiled code, too.
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    })
    expect(written.status, written.stderr).toBe(0)

    const all = happenings(readFileSync(log, 'latin1'), directory.path)
    const random = seeded(20_261_129)
    const disk = createDisk(random)
    const failing = moments(all, random)
    const acknowledged: number[] = []
    for (const [i, happening] of all.entries()) {
      disk.happens(happening)
      if (happening.kind === 'messageTime') acknowledged.push(Number(/\d+/.exec(happening.text)?.[0]))
      if (!failing.has(i)) continue
      using at = temporaryDirectory()
      disk.fails(join(at.path, 'disk'))
      const found = await contents(join(at.path, 'disk', 'store.sqlite'))
      const why = `the power fails after ${i + 1} of ${all.length} happenings`
      expect(found, why).toMatchObject({ integrity: 'ok', one: [], damaged: false })
      expect(found.both.slice(0, acknowledged.length), why).toEqual(acknowledged)
      expect(found.both.length - acknowledged.length, why).toBeLessThanOrEqual(1)
    }
    expect(acknowledged).toHaveLength(COMMITS)
  },
)
