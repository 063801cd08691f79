// Tests the floors: plants forbidden imports in a copy of the tree; the check must report only the rule of each. docs/adr/0027-floors.md
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkFloors, ROOT } from './rules.mjs'

const WORKSPACES = ['proto', 'sdk', 'gateway', 'examples', 'bench', 'conformance-tests']
const PURE = 'sdk/src/core/ sees only what is listed'
const CORE = 'a room of sdk/src/core/ looks at lower floors only'
const REFERRAL = 'a room of sdk/src/core/referral/ looks at lower floors only'
const TESTING = 'a room of sdk/src/testing/ looks at lower floors only'
const THREAD = 'a room of sdk/src/client/thread/ looks at lower floors only'
const VERBS = 'a room of sdk/src/cli/verb/ looks at lower floors only'
const VIEWS = 'a room of sdk/src/cli/view/ looks at lower floors only'
const CLIENT = 'a room of sdk/src/client/ looks at lower floors only'
const SDK = 'a room of sdk/src/ looks at lower floors only'
const TRANSPORT = 'a room of sdk/src/transport/ looks at lower floors only'
const GATEWAY = 'a room of gateway/src/ looks at lower floors only'
const DOORS = 'gateway/src/ sees only what is listed'
const BROWSER = 'sdk/src/core/(referral|input)/ sees only what is listed'
const JOSE = 'only sdk/src/core/jose/jose.ts imports jose'
const HPKE = 'only sdk/src/core/jose/hpke(-primitives)?.ts imports hpke'
const FORGE = 'only sdk/src/core/pki/ imports node-forge'
const GRPC = 'only (sdk/src/transport|proto/gen)/ imports (@grpc/grpc-js|nice-grpc|nice-grpc-common)'
const SQLITE = 'only sdk/src/sqlite/(database|copy/nameless).ts imports sqlite'
const LOADERS = '(sdk/bin/launch.js|conformance-tests/mutants/codec/modules.ts)'
const MODULE = `only ${LOADERS} imports module`
const COMPUTED = `only ${LOADERS} imports a computed name`
const DOOR = 'sdk/ knows gateway/ by its door'
const SUITE = 'conformance-tests/(suite|runner)/ sees only what is listed'
const MADE = 'conformance-tests/generate/ sees only what is listed'
const TARGET = 'conformance-tests/targets/ sees only what is listed'
const CYCLE = 'no cycles, types included'

const IMPURE = 'fs net tls http http2 https dns os process child_process worker_threads timers sqlite'.split(
  ' ',
)

/** Folder of each planted file, its content, and the rule that it breaks, or undefined if it is allowed. */
const PLANTED = [
  ...IMPURE.map((name) => ['sdk/src/core/identity', `import 'node:${name}'`, PURE]),
  ...IMPURE.filter((name) => name !== 'sqlite').map((name) => [
    'sdk/src/core/thread',
    `import '${name}'`,
    PURE,
  ]),
  ...['fs/promises', 'timers/promises', 'dns/promises'].map((name) => [
    'sdk/src/core',
    `import 'node:${name}'`,
    PURE,
  ]),
  ['sdk/src/core/pki', `export const fs = await import('node:fs')`, PURE],
  ['sdk/src/core/jose', `export const net = await import('net')`, PURE],
  ['sdk/src/core/receipt', `export { readFileSync } from 'node:fs'`, PURE],
  ['sdk/src/core/receipt', `export * from 'fs'`, PURE],
  ['sdk/src/core/envelope', `import type { Socket } from 'node:net'\nexport type S = Socket`, PURE],
  ['sdk/src/core/envelope', `import { type Socket } from 'net'\nexport type S = Socket`, PURE],
  ['sdk/src/core/envelope', `export type S = import('node:net').Socket`, PURE],
  ['sdk/src/core/mailbox', `import fs = require('node:fs')\nexport { fs }`, PURE],
  ['sdk/src/core/mailbox', `import type fs = require('fs')\nexport type F = typeof fs`, PURE],
  ['sdk/src/core/input', `export const fs = require('node:fs')`, PURE],
  ['sdk/src/core/input', `export const fs = process.getBuiltinModule('node:fs')`, PURE],
  [
    'sdk/src/core/identity',
    `import { createRequire } from 'node:module'\nexport const fs = createRequire(import.meta.url)('node:fs')`,
    PURE,
  ],
  ['sdk/src/core/identity', `import * as grpc from '@grpc/grpc-js'\nexport { grpc }`, PURE],
  ['sdk/src/core/referral', `import 'node:buffer'`, BROWSER],
  ['sdk/src/core/referral/lint', `import 'node:crypto'`, BROWSER],
  ['sdk/src/core/referral', `import '@rex/proto/core/v1/referral'`, BROWSER],
  ['sdk/src/core/referral', `import '../encoding/encoding.ts'`, BROWSER],
  ['sdk/src/core/input', `import '../referral/messages/problem.ts'`, CORE],
  ['sdk/src/core/referral/validate', `import '../lint/finding.ts'`, REFERRAL],
  [
    'sdk/src/core/referral/schema',
    `import type { Needs } from '../needs.ts'\nexport type N = Needs`,
    REFERRAL,
  ],
  ['sdk/src/core/thread', `import 'node:crypto'`, 'sdk/src/core/thread/ sees only what is listed'],
  ['sdk/src/core/thread', `import '../jose/key.ts'`, CORE],
  ['sdk/src/core/thread', `import '../envelope/id.ts'`, CORE],
  ['sdk/src/core/encoding', `import type { Suite } from '../jose/suite.ts'\nexport type S = Suite`, CORE],
  [
    'sdk/src/core/identity',
    `import type { OpenedMessage } from '../envelope/open.ts'\nexport type O = OpenedMessage`,
    CORE,
  ],
  [
    'sdk/src/core/envelope',
    `import type { Desk } from '../../client/api/desk.ts'\nexport type D = Desk`,
    SDK,
  ],
  ['sdk/src/core/envelope', `import '../../transport/messages/status.ts'`, SDK],
  ['sdk/src/core/identity', `import 'jose'`, JOSE],
  ['sdk/src/core/jose', `import type { JWK } from 'jose'\nexport type J = JWK`, JOSE],
  ['sdk/src/client/keys', `export { exportJWK } from 'jose'`, JOSE],
  ['gateway/src/trust', `export const jose = await import('jose')`, JOSE],
  ['sdk/src/core/envelope', `import 'hpke'`, HPKE],
  ['sdk/src/testing', `export const hpke = import('hpke')`, HPKE],
  ['sdk/src/core/identity', `import 'node-forge'`, FORGE],
  ['gateway/src/trust', `import type forge from 'node-forge'\nexport type F = typeof forge`, FORGE],
  ['sdk/src/client/gateway', `import { Metadata } from 'nice-grpc-common'\nexport { Metadata }`, GRPC],
  ['sdk/src/cli', `import 'nice-grpc'`, GRPC],
  [
    'gateway/src/handlers',
    `import type { ServerUnaryCall } from '@grpc/grpc-js'\nexport type C = ServerUnaryCall<1, 2>`,
    GRPC,
  ],
  ['sdk/src/client/thread', `import 'node:sqlite'`, SQLITE],
  ['gateway/src/store', `export const db = await import('node:sqlite')`, SQLITE],
  [
    'gateway/src/store/sqlite',
    `import type { DatabaseSync } from 'node:sqlite'\nexport type D = DatabaseSync`,
    SQLITE,
  ],
  [
    'sdk/src/client/thread',
    `import { createRequire } from 'module'\nexport const sqlite = createRequire(import.meta.url)('node:sqlite')`,
    MODULE,
  ],
  ['sdk/src/core/identity', `const name = 'node:' + 'fs'\nexport const fs = await import(name)`, COMPUTED],
  ['sdk/src/client/send', 'export const fs = await import(`node:$' + '{1}`)', COMPUTED],
  ['gateway/src/relay', `export const fs = (name: string) => process.getBuiltinModule(name)`, COMPUTED],
  ['sdk/src/transport', `import '../client/desk.ts'`, SDK],
  ['sdk/src/transport/calling', `import '../listening/server.ts'`, TRANSPORT],
  ['sdk/src/transport/calls', `import '../calling/client.ts'`, TRANSPORT],
  [
    'sdk/src/transport/service',
    `import type { CallEnvironment } from '../calls/call.ts'\nexport type C = CallEnvironment`,
    TRANSPORT,
  ],
  ['sdk/src/transport/limits', `import '../network/network.ts'`, TRANSPORT],
  ['sdk/src/sqlite', `import '../transport/network/tls.ts'`, SDK],
  ['sdk/src/client/send', `import '../../cli/settings.ts'`, SDK],
  ['sdk/src/client/send', `export type D = import('../../testing/index.ts').Faults`, SDK],
  [
    'sdk/src/client/keys',
    `import type { DeskStore } from '../store/store.ts'\nexport type S = DeskStore`,
    CLIENT,
  ],
  ['sdk/src/client/clock', `import '../keys/random.ts'`, CLIENT],
  ['sdk/src/client/thread', `import '../gateway/link.ts'`, CLIENT],
  [
    'sdk/src/client/outbox',
    `import type { Sender } from '../send/sender.ts'\nexport type S = Sender`,
    CLIENT,
  ],
  ['sdk/src/client/feed', `import '../init.ts'`, CLIENT],
  ['sdk/src/client/thread', `import '../context.ts'`, CLIENT],
  ['sdk/src/client/send', `import '../receive/inbox.ts'`, CLIENT],
  ['sdk/src/client/maintenance', `import '../desk.ts'`, CLIENT],
  [
    'sdk/src/cli/output',
    `import '../view/thread/show.ts'`,
    'a room of sdk/src/cli/ looks at lower floors only',
  ],
  ['sdk/src/testing/time', `import '../gateway/wire.ts'`, TESTING],
  ['sdk/src/client/thread/repository', `import '../view/view.ts'`, THREAD],
  ['sdk/src/cli/verb/sending', `import '../setup/init.ts'`, VERBS],
  ['sdk/src/cli/view/referral', `import '../thread/show.ts'`, VIEWS],
  ['gateway/src/store', `import '../relay/submit.ts'`, GATEWAY],
  ['gateway/src/config', `import type { Clock } from '../clock/clock.ts'\nexport type C = Clock`, GATEWAY],
  ['gateway/src/mailbox', `import '../admission/quota.ts'`, GATEWAY],
  ['gateway/src/relay', `import '../transport/dial.ts'`, GATEWAY],
  ['gateway/src/handlers', `import '../gateway.ts'`, GATEWAY],
  ['gateway/src/relay', `import '@rex/sdk'`, DOORS],
  ['gateway/src/relay', `import '../../../sdk/src/core/error.ts'`, DOORS],
  ['proto/gen/rex', `import '@rex/sdk/core'`, 'a room of the tree looks at lower floors only'],
  ['sdk/src/client/send', `import '@rex/gateway'`, 'a room of the tree looks at lower floors only'],
  ['gateway/src/cli', `import '../../../bench/message.ts'`, 'a room of the tree looks at lower floors only'],
  ['sdk/src/client/tests', `import '../../../../gateway/src/trust/keys.ts'`, DOOR, '.test'],
  [
    'sdk/src/testing',
    `export type C = import('../../../gateway/src/config/config.ts').Config`,
    DOOR,
    '.test',
  ],
  ['gateway/src/mailbox', `import '../testing/random.ts'`, 'tests are imported by tests'],
  [
    'sdk/src/client/letters',
    `export const homeless = true`,
    'every file of sdk/src/client/ belongs to a room',
  ],
  [
    'sdk/src/transport/helpers',
    `export const homeless = true`,
    'every file of sdk/src/transport/ belongs to a room',
  ],
  ['sdk/src/helpers', `export const homeless = true`, 'every file of sdk/src/ belongs to a room'],
  [
    'sdk/src/core/helpers',
    `export const homeless = true`,
    'every file of sdk/src/core/ belongs to a room',
    '.test',
  ],
  ['gateway/src/helpers', `export const homeless = true`, 'every file of gateway/src/ belongs to a room'],
  ['conformance-tests/runner', `import '@rex/sdk/core'`, SUITE],
  ['conformance-tests/generate/bytes', `import '@rex/proto/core/v1/envelope'`, MADE],
  ['conformance-tests/generate/cases', `import '@rex/sdk/core'`, MADE],
  ['conformance-tests/targets', `import '@rex/sdk/testing'`, TARGET],
  [
    'conformance-tests/helpers',
    `export const homeless = true`,
    'every file of conformance-tests/ belongs to a room',
  ],
  ['sdk/lib', `export const homeless = true`, 'every file of sdk/ belongs to a room'],
  ['sdk/src/client/send', `import './no-such-file.ts'`, 'nothing unknown is imported'],
  ['sdk/src/client/send', `import 'no-such-package'`, 'nothing unknown is imported'],
  ['sdk/src/core/identity', `import { createHash } from 'node:crypto'\nexport { createHash }`, undefined],
  ['sdk/src/core/identity', `import 'jose'\nimport 'node:fs'`, undefined, '.test'],
  ['sdk/src/client/tests', `import '@rex/gateway'`, undefined, '.test'],
].map(([folder, source, rule, kind = ''], index) => ({
  file: `${folder}/planted${index}${kind}.ts`,
  source,
  rule,
}))

/** Pairs of files that import each other. */
const CYCLES = [
  ['sdk/src/client/send', `import './ROUND.ts'`, 'runs'],
  ['gateway/src/cli', `import type { A } from './ROUND.ts'\nexport type A = 1`, 'is only types'],
]

const root = mkdtempSync(join(tmpdir(), 'rex-floors-'))
const plant = (file, source) => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), `${source}\nexport {}\n`)
}
let found = new Map()

before(async () => {
  copyTree()
  for (const { file, source } of PLANTED) plant(file, source)
  for (const [index, [folder, source]] of CYCLES.entries())
    for (const [here, there] of [
      ['one', 'two'],
      ['two', 'one'],
    ])
      plant(
        `${folder}/round${index}${here}.ts`,
        source.replace('ROUND', `round${index}${there}`).replaceAll(/\bA\b/g, `A`),
      )
  const { violations } = await checkFloors(root)
  found = Map.groupBy(violations, ({ from }) => from)
})
after(() => rmSync(root, { recursive: true, force: true }))

describe('a forbidden import is reported by its rule', () => {
  for (const { file, source, rule } of PLANTED)
    test(`${file}: ${source.split('\n').join('; ')}`, () => {
      const rules = (found.get(file) ?? []).map((violation) => violation.rule)
      if (rule === undefined) assert.deepEqual(rules, [])
      else assert.ok(rules.includes(rule), `reported: ${rules.join(', ') || 'nothing'}`)
    })
  for (const [index, [folder, , what]] of CYCLES.entries())
    test(`a cycle that ${what}`, () => {
      const rules = (found.get(`${folder}/round${index}one.ts`) ?? []).map(({ rule }) => rule)
      assert.ok(rules.includes(CYCLE))
    })
})

test('nothing else is reported', () => {
  const others = [...found.keys()].filter((file) => !/^(planted|round)\d/.test(basename(file)))
  assert.deepEqual(others, [])
})

/** Copies the sources of this tree, with its installed packages. */
function copyTree() {
  const filter = (path) => !/[/](node_modules|dist|[.]git)$/.test(path)
  for (const entry of [...WORKSPACES, 'docs/check', 'package.json', 'tsconfig.json', 'tsconfig.base.json'])
    cpSync(join(ROOT, entry), join(root, entry), { recursive: true, filter })
  for (const folder of ['.', ...WORKSPACES]) link(folder)
}

function link(folder) {
  const modules = join(ROOT, folder, 'node_modules')
  const names = readdirSync(join(ROOT, folder)).includes('node_modules') ? readdirSync(modules) : []
  mkdirSync(join(root, folder, 'node_modules'), { recursive: true })
  for (const name of names.filter((each) => each !== '@rex' && !each.startsWith('.')))
    symlinkSync(join(modules, name), join(root, folder, 'node_modules', name))
  if (folder !== '.') return
  mkdirSync(join(root, 'node_modules/@rex'))
  for (const name of WORKSPACES) symlinkSync(join(root, name), join(root, 'node_modules/@rex', name))
}
