// The OpenAPI document is generated, current and valid. docs/guide/service.md
import { readFileSync } from 'node:fs'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { documented } from '../core/referral/schema/fixture.ts'
import { openApi } from './openapi.ts'
import { CHANGE_OPERATIONS } from './operations/changes.ts'
import { DESK_OPERATIONS } from './operations/desk.ts'
import { OPERATIONS, type Operation } from './operations/index.ts'
import { ITEM_OPERATIONS } from './operations/items.ts'
import { THREAD_OPERATIONS } from './operations/thread.ts'
import { TOKEN_OPERATIONS } from './operations/tokens.ts'
import { ALERT_OPERATIONS, WEBHOOK_OPERATIONS } from './operations/webhooks.ts'

const SOURCES = [
  ...[
    'changes',
    'desk',
    'erasure',
    'events',
    'items',
    'keys',
    'problems',
    'sending',
    'thread',
    'verb-inputs',
  ].map((name) => `../client/api/${name}.ts`),
  '../core/referral/lint/finding.ts',
  './operations/answers.ts',
  './operations/change-answers.ts',
  './access/tokens.ts',
  './webhooks/webhooks.ts',
  './alerts/alerts.ts',
]
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const docs = documented(SOURCES.map(read).join('\n'))
/** Where the types of the SDK describe what has another name here. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  Send: ['SendOptions'],
  SendGroup: ['GroupOptions', 'SendOptions'],
  ThreadsQuery: ['ThreadsOptions'],
  ChangesQuery: ['ReadChangesOptions', 'ChangesOptions'],
  DeskChange: ['ChangeBase', 'ThreadChange', 'DeliveryChange', 'ItemChange', 'HealthChange'],
  ChangesCursor: ['ChangesRead'],
}

const { version } = JSON.parse(read('../../package.json'))
const document = openApi(
  {
    describe: (type, field) =>
      [type, `${type}Input`, ...(OTHERWISE[type] ?? []), 'Worded', 'Keyed', 'ItemBase', 'Erasure']
        .map((named) => docs.get(field === undefined ? named : `${named}.${field}`)?.description)
        .slice(0, field === undefined ? 1 : undefined)
        .find((text) => text !== undefined),
    example: () => undefined,
  },
  version,
)

test('operations of different tables have different names, and no two have one path', () => {
  const tables = [
    DESK_OPERATIONS,
    CHANGE_OPERATIONS,
    THREAD_OPERATIONS,
    ITEM_OPERATIONS,
    TOKEN_OPERATIONS,
    WEBHOOK_OPERATIONS,
    ALERT_OPERATIONS,
  ]
  const all: Operation[] = tables.flatMap((table) => Object.values<Operation>(table))
  expect(Object.keys(OPERATIONS)).toHaveLength(all.length)
  expect(new Set(all.map(({ method, path }) => `${method} ${path}`)).size).toBe(all.length)
})

test('openapi.json is current', async () => {
  await expect(`${JSON.stringify(document, undefined, 1)}\n`).toMatchFileSnapshot('openapi.json')
})

test('the linter of OpenAPI documents finds nothing', async () => {
  const config = await createConfig({ extends: ['recommended-strict'], rules: UNLIKE_US })
  const found = await lintFromString({
    source: JSON.stringify(document),
    absoluteRef: 'openapi.json',
    config,
  })
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
})

/** Rules that do not fit a Unix socket, where the file system decides who may connect. */
const UNLIKE_US = {
  'security-defined': 'off',
  'operation-4xx-response': 'off',
  // A rule of a schema may name members that are declared beside it.
  'no-required-schema-properties-undefined': 'off',
} as const
