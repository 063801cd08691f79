// Sends one referral through a desk under coverage, and prints the source files in which a function runs, one per line.
// `send`: from `desk.send` until it is durable. `receive`: from an envelope in the mailbox until its message is durable, and then the feed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDesk } from '../../../sdk/src/client/desk.ts'
import { readPresets } from '../../../sdk/src/client/local-config.ts'
import { openSqliteDeskStore } from '../../../sdk/src/client/store/sqlite.ts'
import type { DeskStore } from '../../../sdk/src/client/store/store.ts'
import { openGateway } from '../../../sdk/src/testing/gateway/gateway.ts'
import { openWire } from '../../../sdk/src/testing/gateway/wire.ts'
import { testKeys } from '../../../sdk/src/testing/parties/keys.ts'
import { buildReferral } from '../../../sdk/src/testing/referral.ts'
import { createActivity } from '../../../sdk/src/testing/time/activity.ts'
import { virtualClock } from '../../../sdk/src/testing/time/clock.ts'
import { watchStore } from '../../../sdk/src/testing/watch.ts'
import { ran, startCoverage } from './coverage.ts'

const START = Date.UTC(2026, 10, 23, 12)
/** Files that ran from the start of the walk until the first commit was durable. */
let walked: string[] | undefined = []

/** Wraps a store, so that its first commit ends the walk. */
function ending(store: DeskStore): DeskStore {
  return {
    ...store,
    async commit(work, undone) {
      const done = await store.commit(work, undone)
      walked ??= ran()
      return done
    },
  }
}

function begin(): void {
  ran()
  walked = undefined
}

const directory = mkdtempSync(join(tmpdir(), 'rex-walk-'))
const clock = virtualClock(START, async () => {})
const activity = createActivity()
const healed = Promise.withResolvers<void>()
let isCut = false
const nextFault = () => (isCut ? ({ kind: 'disconnect', healed: healed.promise } as const) : undefined)
const wire = openWire({ clock, activity, nextFault })
const open = (name: string) => {
  const store = openSqliteDeskStore(join(directory, `${name}.db`))
  return openDesk({
    keys: testKeys(name, START),
    store: watchStore(
      process.argv[2] === (name === 'hotline' ? 'send' : 'receive') ? ending(store) : store,
      activity,
    ),
    link: openGateway({ name, clock, activity, wire }),
    presets: () => readPresets(directory),
    clock,
    gatherMs: 0,
  })
}
const hotline = await open('hotline')
const ngo = await open('ngo')

/** Waits until the desk is idle. */
async function idle(): Promise<void> {
  let begun: number
  do {
    begun = activity.begun()
    await Promise.all([hotline.drain(), ngo.drain()])
    await activity.idle()
    await new Promise(setImmediate)
  } while (activity.begun() !== begun)
}

await hotline.pair((await ngo.invite()).invite)
await ngo.pair((await hotline.invite()).invite)
const items = ngo.receive()[Symbol.asyncIterator]()
const send = (key: string) => hotline.send(buildReferral(), { to: ngo.organisation, key, ref: key })
// Send a first message before the walk, because it waits until the desk has connected to its gateway.
await send('first')
await (await items.next()).value?.ack()
await idle()
startCoverage()

if (process.argv[2] === 'send') {
  begin()
  await send('walk')
} else {
  const item = items.next()
  isCut = true
  await send('walk')
  await hotline.drain()
  await hotline[Symbol.asyncDispose]()
  begin()
  isCut = false
  healed.resolve()
  await item
  walked = [...(walked ?? []), ...ran().filter((file) => file.includes('/feed/'))]
}
console.log([...new Set(walked)].sort().join('\n'))
await Promise.all([hotline, ngo].map((desk) => desk[Symbol.asyncDispose]()))
rmSync(directory, { recursive: true })
