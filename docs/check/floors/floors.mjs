// The floors define which room may import which. `npm run floors` checks them; floors.test.mjs tests each rule. docs/adr/0027-floors.md
// Paths are regular expressions. Type imports count like all others.

/**
 * Every file belongs to a room: a folder or file listed here. Floors go from the ground up, one per line or separated by `|`. A room
 * imports lower floors only: never a higher one, and never another room of its own floor. Tests may import anything.
 */
export const FLOORS = {
  '': 'proto | sdk | gateway | bench conformance-tests examples vitest.config | docs',
  'sdk/': 'bin src',
  'sdk/src/':
    'core | adapters sqlite transport | process | backup | client | service | postgres | cli index testing',
  'sdk/src/adapters/': 'adapter | conversion | form place | rows | primero | index',
  'sdk/src/adapters/primero/':
    'countries languages | forms | record tables unmapped | relations safety | details | primero',
  'sdk/src/transport/': 'limits messages network | service | calling calls | listening | index flood tests',
  'sdk/src/core/': `
    input | error limits problem | address agreed-time code identifier mailbox system-error | trusted-time
    encoding referral
    jose pki referral-codec shape thread
    identity self-test | envelope judge
    receipt
    index vectors`,
  'sdk/src/core/referral/': `codes guard locale | dates lists types | formats | messages | section
    kinds media safety schema | validate | forms handling labels needs presets | lint | sendable translations
    index | node`,
  'sdk/src/client/': `
    api retention-rules | local-config | clock keys | store
    gateway thread | context
    backup changes feed init search | outbox threads | send
    deliveries recovery | submit erasure | maintenance | receive
    thread-actions | desk | connect
    index tests`,
  'sdk/src/client/thread/': 'item offers states | repository | content | export verdicts view',
  'sdk/src/service/':
    'address fixture | access answers audit item-json leases problem socket webhooks | alerts | operations | openapi server remote | connect | index',
  'sdk/src/cli/':
    'language | output settings | exit schema shell | input | view | desk | verb | program | run | main',
  'sdk/src/cli/verb/': `confirm sure thread-verb hand-over-kit
    access answering continuing either-side keeping keys program proof reading sending setup`,
  'sdk/src/cli/view/': 'words | kit peers | referral status | evidence thread',
  'sdk/src/testing/': 'parties referrals time | gateway peer referral watch | network | harness index',
  'conformance-tests/': 'suite targets | generate | peer | runner | mutants | bin tests',
  'conformance-tests/peer/':
    'events log tls | grpc envelope read | organisation mailbox | desk gateway partner',
  'conformance-tests/generate/':
    'bytes | objects party | message parties | cases identity referrals threads | edges | sealing | files | main',
  'gateway/': 'bin src',
  'gateway/src/': `
    clock config store telemetry
    delivery mailbox retention trust
    admin admission enrolment | relay
    handlers | transport
    backup init | wiring | gateway
    cli
    testing tests`,
}

/** Rooms that may import only these modules, whatever their floor: paths, and names of packages and Node modules. */
export const SEES = {
  // Pure: no files, sockets, processes, clocks or timers.
  'sdk/src/core/': `sdk/src/core/ proto/gen/ buffer$ crypto$ util$
    @bufbuild/protobuf @scure/bip39 hpke jose node-forge`,
  // Runs in browsers.
  'sdk/src/core/(referral|input)/': 'sdk/src/core/(referral|input)/ proto/gen/rex/core/v1/error.ts',
  'sdk/src/adapters/': 'sdk/src/adapters/ sdk/src/core/(referral|input)/ sdk/src/core/error.ts',
  // Threads do not use cryptography.
  'sdk/src/core/thread/': 'sdk/src/core/ proto/gen/',
  // The suite treats every implementation alike, so it may use the schema but no code of this one.
  'conformance-tests/(suite|runner)/': `conformance-tests/ proto/gen/ [a-z_]+(/promises)?$ ajv jsonc-parser`,
  'conformance-tests/generate/': `conformance-tests/(generate|suite)/ [a-z_]+(/promises)?$ @noble`,
  // The peer that the suite plays may not use code of this implementation either.
  'conformance-tests/peer/':
    'conformance-tests/(peer|generate|suite)/ proto/gen/ [a-z_0-9]+(/promises)?$ @noble',
  // The programs of this implementation are targets like all others.
  'conformance-tests/targets/': `conformance-tests/targets/ proto/gen/ [a-z_]+(/promises)?$
    sdk/src/(adapters/|core/|core/referral/)?index.ts sdk/src/core/referral/node/
    sdk/src/core/referral/(forms|labels|translations|lint/words)/(index|names).ts
    sdk/src/core/referral/forms/(es|fr|ar).ts`,
  // The gateway may import the SDK's entry points, except the client.
  'gateway/src/': `gateway/ proto/gen/ sdk/src/(backup|core|process|sqlite|transport)/index.ts
    [a-z_]+(/promises)?$ commander pino`,
}

/** Modules that only these files may import, apart from tests and benchmarks. */
export const ONLY = {
  jose: 'sdk/src/core/jose/jose.ts',
  hpke: 'sdk/src/core/jose/hpke(-primitives)?.ts',
  'node-forge': 'sdk/src/core/pki/',
  '(@grpc/grpc-js|nice-grpc|nice-grpc-common)': '(sdk/src/transport|proto/gen)/',
  sqlite: 'sdk/src/sqlite/(database|copy/nameless).ts',
  // Only these files may use `createRequire` and `import(name)`, because both hide which module is imported.
  module: '(sdk/bin/launch.js|conformance-tests/mutants/codec/modules.ts)',
}

/** Test code: no other code imports it. */
export const TESTS = `.*[.]test.ts .*/fixture.ts gateway/src/testing/ sdk/src/client/(tests|store/contract)/
  sdk/src/transport/(flood|tests)/ sdk/src/testing/harness/ conformance-tests/tests/`

/** Tests of one workspace may import another workspace only through this file. */
export const DOORS = [['sdk/', 'gateway/', 'gateway/src/gateway.ts']]
