// Formats the benchmark's results as tables for people. docs/guide/benchmark.md
import { SUITES } from '@rex/sdk/core'
import type { GrowthFigures } from './growth/growth.ts'
import type { MemoryFigures } from './growth/memory.ts'
import type { GuardFigures } from './guard.ts'
import { formatTable, type Table } from './measure/table.ts'
import type { EndToEndFigures } from './network/measure.ts'
import type { OutboxFigures } from './outbox/outbox.ts'
import { type SealFigures, TOOLS } from './seal/seal.ts'
import type { ServiceFigures } from './service/service.ts'
import type { Volume } from './volume/volume.ts'

/** All results, in the format of the JSON line. Parts that were not requested are absent. */
export interface Report {
  readonly machine: { readonly node: string; readonly cpus: number; readonly platform: string }
  readonly endToEnd?: EndToEndFigures['suites']
  readonly seal?: Readonly<Record<string, SealFigures>>
  readonly growth?: GrowthFigures
  readonly volume?: Volume
  readonly outbox?: OutboxFigures
  readonly service?: ServiceFigures
  readonly memory?: readonly MemoryFigures[]
  readonly guard?: GuardFigures
  readonly gateway?: { readonly readyMs?: number; readonly idleMB?: number; readonly loadMB?: number }
}

/** Formats the report as text. */
export function formatReport({
  endToEnd,
  seal,
  growth,
  volume,
  outbox,
  service,
  memory,
  guard,
  gateway,
}: Report): string {
  const tables = [
    ...(endToEnd ? endToEndTables(endToEnd) : []),
    ...(seal ? [sealTable(seal)] : []),
    ...(growth ? growthTables(growth) : []),
    ...(volume ? volumeTables(volume) : []),
    ...(outbox ? [outboxTable(outbox)] : []),
    ...(service ? serviceTables(service) : []),
    ...(memory ? [memoryTable(memory)] : []),
    ...(guard ? [guardTable(guard)] : []),
    ...(gateway ? [gatewayTable(gateway)] : []),
  ]
  return tables.map((table) => `${formatTable(table)}\n`).join('\n')
}

function outboxTable({ rows, embeddedPerSecond, relayPerSecond, ratio }: OutboxFigures): Table {
  return {
    title: 'Outbox: referrals until they are durable at the desk',
    columns: ['rows', 'embedded/s', 'relay/s', 'relay : embedded'],
    rows: [[String(rows), embeddedPerSecond, relayPerSecond, ratio]],
  }
}

function serviceTables({ send, held, webhook, idleMB, floorMB, quarters }: ServiceFigures): Table[] {
  const sent = (when: string, of: ServiceFigures['send']) => [
    when,
    of.embeddedPerSecond,
    of.httpPerSecond,
    of.ratio,
    of.embeddedCpuMs,
    of.httpCpuMs,
  ]
  return [
    {
      title: 'Service: referrals until they are durable at the desk, 64 in flight',
      columns: ['', 'embedded/s', 'HTTP/s', 'HTTP : embedded time', 'embedded CPU ms', 'HTTP CPU ms'],
      rows: [sent('being delivered', send), sent('gateway paused', held)],
    },
    {
      title:
        'Service: time from a change at an idle desk until its webhook has it, and of a post without REX',
      columns: ['', 'p50 ms', 'p99 ms', 'floor ms'],
      rows: [['', webhook.p50Ms, webhook.p99Ms, webhook.floorMs]],
    },
    {
      title: 'Service: resident MB, and its ratio to a process that does nothing; the most in each quarter',
      columns: ['referrals finished', 'refers', ': floor', 'answers', ': floor', 'referrals/s'],
      rows: [
        ['none, idle', idleMB, idleMB / floorMB, Number.NaN, Number.NaN, Number.NaN],
        ...quarters.map(({ referrals, senderMB, recipientMB, perSecond }) => [
          String(referrals),
          senderMB,
          senderMB / floorMB,
          recipientMB,
          recipientMB / floorMB,
          perSecond,
        ]),
      ],
    },
  ]
}

function guardTable(guard: GuardFigures): Table {
  return {
    title: 'Content guard: CPU time',
    columns: ['text', 'ms per MiB'],
    rows: Object.entries(guard).map(([name, { msPerMiB }]) => [name, msPerMiB]),
  }
}

function endToEndTables(suites: EndToEndFigures['suites']): Table[] {
  const operations = [...new Set(SUITES.flatMap((suite) => Object.keys(suites[suite].operations)))]
  return [
    {
      title: 'End to end: desk, gateway, gateway, desk; each referral until its receipt is back',
      columns: [
        'suite, in flight',
        'REX/s',
        'floor/s',
        'REX : floor',
        'CPU ms',
        'floor CPU ms',
        'floor : REX',
        'receipts in a message',
      ],
      rows: SUITES.flatMap((suite) =>
        (
          [
            ['1', suites[suite].inFlight1],
            ['64', suites[suite].inFlight64],
          ] as const
        ).map(([inFlight, figures]) => [
          `${suite}, ${inFlight}`,
          figures.perSecond,
          figures.floorPerSecond,
          figures.floorRatio,
          figures.cpuMs,
          figures.floorCpuMs,
          figures.cpuRatio,
          figures.receiptsPerMessage,
        ]),
      ),
    },
    {
      title: 'The floor: primitive operations of one referral, without its share of the receipt message',
      columns: ['operation', ...SUITES],
      rows: operations.map((operation) => [
        operation,
        ...SUITES.map((suite) => suites[suite].operations[operation as 'sha256'] ?? 0),
      ]),
    },
  ]
}

function sealTable(figures: Readonly<Record<string, SealFigures>>): Table {
  return {
    title: 'Sealing and opening 4 KiB in one process, signed and verified',
    columns: ['tool', 'serial/s', '64 in flight/s', 'REX-1 is so many times as fast'],
    rows: TOOLS.flatMap((tool) => {
      const found = figures[tool]
      return found ? [[tool, found.serial, found.inFlight64, found.ratio]] : []
    }),
  }
}

const SEARCHES = ['list', 'ref', 'filtered', 'rare', 'common'] as const

function growthTables({ recipients, sizes, mailbox, desk, search }: GrowthFigures): Table[] {
  return [
    ...SUITES.map((suite) => ({
      title: `More recipients of one message, ${suite}`,
      columns: ['recipients', 'send ms', ': one', 'of it sealing', ': one', 'section bytes', ': one'],
      rows: recipients[suite].map((row) => [
        String(row.recipients),
        row.ms,
        row.timeRatio,
        row.sealMs,
        row.sealRatio,
        row.sectionBytes,
        row.bytesRatio,
      ]),
    })),
    {
      title: 'Larger content: sealing and opening, serial',
      columns: ['bytes', ...SUITES.map((suite) => `${suite} ms`)],
      rows: sizes[SUITES[0]].map(({ bytes, ms }, i) => [
        String(bytes),
        ms,
        ...SUITES.slice(1).map((suite) => sizes[suite][i]?.ms ?? Number.NaN),
      ]),
    },
    {
      title: 'Fuller mailboxes: accepting, delivering and settling one message',
      columns: ['messages', 'µs', ': fewest'],
      rows: mailbox.map(({ messages, us, ratio }) => [String(messages), us, ratio]),
    },
    {
      title: 'More finished threads: what `rex-desk status` and `rex-desk inbox` read, and finding one',
      columns: ['threads', 'status ms', ': fewest', 'inbox ms', ': fewest', 'find ms', ': fewest'],
      rows: desk.map(({ threads, statusMs, statusRatio, inboxMs, inboxRatio, findMs, findRatio }) => [
        String(threads),
        statusMs,
        statusRatio,
        inboxMs,
        inboxRatio,
        findMs,
        findRatio,
      ]),
    },
    {
      title: 'More threads to search: lists of at most 100, and their ratios to 10³ threads',
      columns: ['threads', ...SEARCHES.flatMap((name) => [`${name} ms`, ': 10³']), 'bytes/thread'],
      rows: search.map((row) => [
        String(row.threads),
        ...SEARCHES.flatMap((name) => [row[name].ms, row[name].ratio]),
        row.bytes,
      ]),
    },
  ]
}

function volumeTables({ steps, endToEnd }: Volume): Table[] {
  return [
    {
      title: 'Referrals of many items: what each step takes',
      columns: [
        'items',
        'bytes',
        'read ms',
        'lint ms',
        'guard ms',
        'encode ms',
        'decode ms',
        'seal, open ms',
      ],
      rows: steps.map(({ items, bytes, readMs, lintMs, guardMs, encodeMs, decodeMs, sealMs }) => [
        String(items),
        bytes,
        readMs,
        lintMs,
        guardMs,
        encodeMs,
        decodeMs,
        sealMs,
      ]),
    },
    {
      title:
        'Referrals of many items: from desk to desk, closed in batches of 1000; time since `send`, and peak memory',
      columns: ['items', 'durable ms', 'accepted ms', 'closed ms', 'sender MB', 'recipient MB', 'gateway MB'],
      rows: endToEnd.map(({ items, sentMs, acceptedMs, closedMs, senderMB, recipientMB, gatewayMB }) => [
        String(items),
        sentMs,
        acceptedMs,
        closedMs,
        senderMB,
        recipientMB,
        gatewayMB,
      ]),
    },
  ]
}

function memoryTable(figures: readonly MemoryFigures[]): Table {
  return {
    title: 'Memory: the most MB that were resident in each quarter of a long day',
    columns: ['referrals finished', 'desk that refers', 'desk that answers', 'gateways', 'referrals/s'],
    rows: figures.map(({ referrals, senderMB, recipientMB, gatewayMB, perSecond }) => [
      String(referrals),
      senderMB,
      recipientMB,
      gatewayMB,
      perSecond,
    ]),
  }
}

function gatewayTable({
  readyMs = Number.NaN,
  idleMB = Number.NaN,
  loadMB = Number.NaN,
}: NonNullable<Report['gateway']>): Table {
  return {
    title: 'The gateway',
    columns: ['', 'ready ms', 'idle MB', 'most MB under load'],
    rows: [['', readyMs, idleMB, loadMB]],
  }
}
