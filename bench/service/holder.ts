// A process with an embedded desk. It sends referrals by calls, and serves the desk to other processes.
// docs/guide/benchmark.md, "Service"
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Desk } from '@rex/sdk'
import { type Service, serve as serveDesk } from '../../sdk/src/service/index.ts'
import { serve } from '../measure/child.ts'
import type { Throughput } from '../measure/loop.ts'
import { partyRole } from '../network/party.ts'
import { type Sending, sendFor } from './sending.ts'

let desk: Desk
let service: Service | undefined

const role = {
  ...partyRole((opened) => {
    desk = opened
    void takeItems()
  }),
  /** Serves the desk of the directory; posts every message to `webhook`, if given. Returns the path of the socket. */
  async serve({ directory, webhook }: { directory: string; webhook?: string }): Promise<string> {
    await service?.[Symbol.asyncDispose]()
    if (webhook !== undefined) await addWebhook(directory, webhook)
    service = await serveDesk({ desk, directory, log: () => {} })
    return service.socket
  },
  /** Sends referrals with calls to the embedded desk. */
  send: (sending: Sending): Promise<Throughput> => sendFor(desk, sending),
  /** Resolves when everything is submitted, so that leftover work does not slow the next measurement. */
  settle: (_: undefined): Promise<void> => desk.drain(),
}

export type HolderRole = typeof role

async function addWebhook(directory: string, url: string): Promise<void> {
  const secrets = [`whsec_${Buffer.alloc(32, 'benchmark only').toString('base64')}`]
  const webhooks = [{ name: 'bench', url, secrets, kinds: ['message'] }]
  await writeFile(join(directory, 'webhooks.json'), JSON.stringify({ webhooks }), { mode: 0o600 })
}

async function takeItems(): Promise<void> {
  for await (const item of desk.receive({ concurrency: 64 })) void item.ack()
}

async function close(): Promise<void> {
  await service?.[Symbol.asyncDispose]()
  await desk?.[Symbol.asyncDispose]()
}

serve(role, close)
