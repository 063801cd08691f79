// rex-gateway queue: lists envelopes that wait for other gateways. docs/guide/gateway.md, "Queue"
import type { Queued } from '@rex/proto/admin/v1/admin'
import { toHex } from '@rex/sdk/core'
import { askGateway } from '../operator.ts'
import type { CommonOptions } from '../options.ts'
import { cell, print, printJson, printTable } from '../terminal.ts'

/** Prints the waiting envelopes, oldest first. */
export async function queue({ dir, json }: CommonOptions): Promise<void> {
  const { queued, total } = await askGateway(dir, (gateway) => gateway.listQueue({ pageSize: 0 }))
  if (json) {
    return printJson({
      queued: queued.map((entry) => ({ ...entry, envelopeId: toHex(entry.envelopeId) })),
      total,
    })
  }
  const heading = ['ENVELOPE', 'RECIPIENT', 'LANE', 'SINCE (UTC)', 'UNTIL (UTC)', 'LAST FAILURE']
  printTable(heading, queued.map(row), 'Nothing waits.')
  if (total > queued.length) print(`… and ${total - queued.length} more.`)
}

function row({ envelopeId, recipient, urgent, submittedMs, expiresMs, lastError }: Queued): string[] {
  const lane = urgent ? 'urgent' : 'routine'
  return [toHex(envelopeId), recipient, lane, cell(submittedMs), cell(expiresMs), lastError || '-']
}
