// rex-gateway desks: lists desk credentials, and revokes one. docs/guide/gateway.md, "Desks"
import type { Desk } from '@rex/proto/admin/v1/admin'
import { askGateway } from '../operator.ts'
import type { CommonOptions } from '../options.ts'
import { cell, print, printJson, printTable, strong, time } from '../terminal.ts'

const HEADING = [
  'CREDENTIAL',
  'NAME',
  'TOKEN',
  'ENROLLED (UTC)',
  'RENEWED (UTC)',
  'UNTIL (UTC)',
  'LAST SEEN (UTC)',
  'STATE',
]
/** Number of fingerprint digits shown. */
const SHORT = 16

/** Prints the desk credentials. */
export async function desks({ dir, json }: CommonOptions): Promise<void> {
  const answer = await askGateway(dir, (gateway) => gateway.listDesks({}))
  if (json) return printJson({ desks: answer.desks.map(named) })
  printTable(
    HEADING,
    answer.desks.map(row),
    'No desk is enrolled yet. Make a token with `rex-gateway token`.',
  )
}

export async function revoke(credential: string, { dir, json }: CommonOptions): Promise<void> {
  const { desk } = await askGateway(dir, (gateway) => gateway.revokeDesk({ credential }))
  if (desk === undefined) return
  if (json) return printJson(named(desk))
  print(
    `Revoked ${desk.credential.slice(0, SHORT)}${desk.name && ` (${desk.name})`}: its connections are closed.`,
  )
  print(`${strong('Next')}  If the device was lost, follow "A laptop was stolen" in the gateway guide.`)
}

function row(desk: Desk): string[] {
  return [
    desk.credential.slice(0, SHORT),
    desk.name || '-',
    desk.token || 'no record',
    cell(desk.enrolledMs),
    cell(desk.renewedMs),
    cell(desk.expiresMs),
    cell(desk.seenMs),
    stateOf(desk),
  ]
}

function stateOf({ revokedMs, expiresMs, holdsMailbox }: Desk): string {
  if (revokedMs > 0) return `revoked ${time(revokedMs)}`
  if (expiresMs < Date.now()) return 'ended'
  return holdsMailbox ? 'has the mailbox' : 'may connect'
}

function named(desk: Desk) {
  return { ...desk, chain: Buffer.from(desk.chain).toString('hex') }
}
