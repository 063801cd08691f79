// The OpenAPI document is generated, current and valid. docs/guide/service.md
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { ABOUT, VERSION } from './fixture.ts'
import { openApi } from './openapi.ts'
import { CHANGE_OPERATIONS } from './operations/changes.ts'
import { DESK_OPERATIONS } from './operations/desk.ts'
import { OPERATIONS, type Operation } from './operations/index.ts'
import { ITEM_OPERATIONS } from './operations/items.ts'
import { THREAD_OPERATIONS } from './operations/thread.ts'
import { TOKEN_OPERATIONS } from './operations/tokens.ts'
import { ALERT_OPERATIONS, WEBHOOK_OPERATIONS } from './operations/webhooks.ts'

const document = openApi(ABOUT, VERSION)

test('operations have unique names and paths across all tables', () => {
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
  // A rule of a schema may name members that are declared next to the rule.
  'no-required-schema-properties-undefined': 'off',
} as const
