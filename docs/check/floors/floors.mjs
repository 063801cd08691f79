// The floors of the house: which room may look at which. `npm run floors` checks them; floors.test.mjs proves each rule. docs/adr/0027-floors.md
// Paths are regular expressions. Imports of types count like all others.

/**
 * Every file stands in a room: a folder or file that is named here. Floors from the ground up, one a line or divided by `|`. A room looks
 * at lower floors only: never up, and never sideways at another room of its floor. Tests look where they want.
 */
export const FLOORS = {
  '': 'proto | sdk | gateway | bench examples vitest.config | docs',
  'sdk/': 'bin src',
  'sdk/src/': 'core | sqlite transport | process | client | cli index testing',
  'sdk/src/core/': `
    error limits problem system-error
    identifier input mailbox trusted-time
    encoding referral
    jose pki referral-codec shape thread
    identity self-test
    envelope
    receipt
    index vectors`,
  'sdk/src/client/': `
    api local-config
    clock keys store
    gateway thread
    context feed init
    outbox threads
    send
    deliveries recovery
    maintenance submit
    receive
    thread-actions
    desk
    connect
    index tests`,
  'sdk/src/cli/': 'output settings | exit shell | input | view | desk | verb | program | run | main testing',
  'gateway/': 'bin src',
  'gateway/src/': `
    clock config store telemetry
    delivery mailbox retention trust
    admin admission enrolment
    relay
    handlers
    transport
    init restore
    gateway
    cli
    testing`,
}

/** Rooms that look at these modules only, whatever their floor: paths, and names of packages and of Node's own modules. */
export const SEES = {
  // Pure: no file, socket, process, clock or timer.
  'sdk/src/core/': `sdk/src/core/ proto/gen/ buffer$ crypto$ util$
    @bufbuild/protobuf @scure/bip39 hpke jose node-forge`,
  // Browsers run it.
  'sdk/src/core/(referral|input)/': 'sdk/src/core/(referral|input)/ sdk/src/core/error.ts',
  // Threads never touch cryptography.
  'sdk/src/core/thread/': 'sdk/src/core/ proto/gen/',
  // The doors of the SDK, and no client.
  'gateway/src/': `gateway/ proto/gen/ sdk/src/(core|process|sqlite|transport)/index.ts
    [a-z_]+(/promises)?$ commander pino`,
}

/** Modules that only these files import, tests and benchmarks apart. */
export const ONLY = {
  jose: 'sdk/src/core/jose/jose.ts',
  hpke: 'sdk/src/core/jose/hpke(-primitives)?.ts',
  'node-forge': 'sdk/src/core/pki/',
  '(@grpc/grpc-js|nice-grpc|nice-grpc-common)': '(sdk/src/transport|proto/gen)/',
  sqlite: 'sdk/src/(sqlite/database|client/store/sqlite).ts',
  module: 'sdk/bin/launch.js', // createRequire hides what is imported.
}

/** Code for tests: nothing else imports it. */
export const TESTS = `.*[.]test.ts .*/(fixture|contract).ts gateway/src/testing/ sdk/src/client/tests/
  sdk/src/transport/flood/ sdk/src/cli/testing.ts`

/** What the tests of one workspace import of another: its door only. */
export const DOORS = [['sdk/', 'gateway/', 'gateway/src/gateway.ts']]
