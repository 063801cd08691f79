// rex-gateway peers: lists paired organisations. docs/guide/gateway.md, "Peers"
import type { Peer } from '@rex/proto/admin/v1/admin'
import { askGateway } from '../operator.ts'
import type { CommonOptions } from '../options.ts'
import { cell, printJson, printTable } from '../terminal.ts'

export async function peers({ dir, json }: CommonOptions): Promise<void> {
  const answer = await askGateway(dir, (gateway) => gateway.listPeers({}))
  if (json) return printJson(answer)
  const heading = [
    'ORGANISATION',
    'ENDPOINT',
    'LINK',
    'LAST SEEN (UTC)',
    'WAITING',
    'NEXT ATTEMPT (UTC)',
    'LAST FAILURE',
  ]
  printTable(
    heading,
    answer.peers.map(row),
    'No organisation is paired yet. The desk pairs with `rex-desk pair`.',
  )
}

function row({
  organisation,
  endpoint,
  connected,
  seenMs,
  queued,
  nextAttemptMs,
  lastError,
}: Peer): string[] {
  const next = nextAttemptMs === 0 ? '-' : cell(nextAttemptMs)
  return [
    organisation,
    endpoint,
    connected ? 'up' : '-',
    cell(seenMs),
    String(queued),
    next,
    lastError || '-',
  ]
}
