// npm start: three organisations on this machine play six stories.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { crossingWithdrawal } from '../stories/crossing-withdrawal.ts'
import { declineAndReferAnew } from '../stories/decline-and-refer-anew.ts'
import { evidence } from '../stories/evidence.ts'
import { killedInDelivery } from '../stories/killed-in-delivery.ts'
import { splitReferral } from '../stories/split-referral.ts'
import { stagedDisclosure } from '../stories/staged-disclosure.ts'
import { type Network, startNetwork, stopNetwork } from './network.ts'
import { type Stage, type Story, setStage } from './stage.ts'
import { countLost } from './totals.ts'

const STORIES: readonly Story[] = [
  stagedDisclosure,
  splitReferral,
  declineAndReferAnew,
  killedInDelivery,
  crossingWithdrawal,
  evidence,
]

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const directory = values.dir ?? (await mkdtemp(join(tmpdir(), 'rex-demo-')))
const print = (line: string) => console.log(line)

print(`Three organisations start in ${directory}`)
const network = await startNetwork(directory)
const stage = setStage(network, print)
const stories: { name: string; ok: boolean }[] = []
for (const story of STORIES) stories.push({ name: story.name, ok: await play(story) })
const summary = await summarise()
if (values.keep) await keep()
await stopNetwork(network)
if (values.dir === undefined) await rm(directory, { recursive: true, force: true })
print(JSON.stringify(summary))
process.exitCode = summary.ok ? 0 : 1

async function play(story: Story): Promise<boolean> {
  print(`\n${story.title}`)
  try {
    await story.run(stage)
    return true
  } catch (error) {
    print(`  FAILED: ${error instanceof Error ? error.message : error}`)
    return false
  }
}

async function summarise() {
  const { sent, received, decided, evidence: proof } = stage.totals
  const lost = await countLost(network)
  const duplicated = Object.values(network).reduce((sum, { desk }) => sum + desk.duplicated, 0)
  const ok = stories.every((story) => story.ok) && lost === 0 && duplicated === 0
  return { ok, stories, sent, received, decided, lost, duplicated, evidence: proof }
}

/** Leaves the network up until Ctrl-C, and says what to try. */
async function keep(): Promise<void> {
  print('\nThe gateways stay up; the desks are free for you. Try:')
  await Promise.all(Object.values(network).map(({ desk }) => desk.stop()))
  for (const command of commandsToTry(network)) print(`  ${command}`)
  print('Ctrl-C ends it.')
  await new Promise((resolve) => process.once('SIGINT', resolve))
}

function commandsToTry({ hotline, safeline }: Network): string[] {
  const desk = ({ directory: of, passphraseFile }: Stage['network']['hotline']) =>
    `--dir ${of}/desk --passphrase-file ${passphraseFile}`
  return [
    `npx rex-desk inbox ${desk(safeline)}`,
    `npx rex-desk example victim-support > case.json`,
    `npx rex-desk send case.json --to ${safeline.id} ${desk(hotline)}`,
    `npx rex-desk watch ${desk(safeline)}`,
  ]
}
