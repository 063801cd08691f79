// Collects the docstrings of types, for the OpenAPI document and the schemas of commands. docs/guide/service.md
import { readFileSync } from 'node:fs'
import { documented } from '../core/referral/schema/fixture.ts'
import type { About } from '../core/referral/schema/json-schema.ts'

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
/** For each type whose name differs from its name in the SDK: the types of the SDK whose docstrings apply. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  Send: ['SendOptions'],
  SendGroup: ['GroupOptions', 'SendOptions'],
  ThreadsQuery: ['ThreadsOptions'],
  ChangesQuery: ['ReadChangesOptions', 'ChangesOptions'],
  DeskChange: ['ChangeBase', 'ThreadChange', 'DeliveryChange', 'ItemChange', 'HealthChange'],
  ChangesCursor: ['ChangesRead'],
}

/** The version of the package. */
export const VERSION: string = JSON.parse(read('../../package.json')).version

/** The docstrings of the SDK's types. */
export const ABOUT: About = {
  describe: (type, field) =>
    [type, `${type}Input`, ...(OTHERWISE[type] ?? []), 'Worded', 'Keyed', 'ItemBase', 'Erasure']
      .map((named) => docs.get(field === undefined ? named : `${named}.${field}`)?.description)
      .slice(0, field === undefined ? 1 : undefined)
      .find((text) => text !== undefined),
  example: () => undefined,
}
