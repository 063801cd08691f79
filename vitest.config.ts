import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type Reporter, type TestSpecification } from 'vitest/node'

// Vitest gives these to Node, where `import` would also choose modules for `require`; Vite adds it by itself.
const conditions = ['@rex/source', 'node', 'module', 'default']
const exclude = ['**/node_modules/**', '**/dist/**']
/** Tests of pure code: no processes, no sockets, nothing that outlives a test. They share their workers. */
const pure = [
  'sdk/src/{core,adapters}/**/*.test.ts',
  'sdk/src/cli/{view,input,output}/**/*.test.ts',
  'sdk/src/cli/verb/!(program)/!(volume).test.ts',
  '{docs,bench}/**/*.test.ts',
]
const all = '{sdk,gateway,examples,conformance-tests,bench,docs}/**/*.test.ts'
/** Tests of parts, whose stores and sockets end with the test. To load their modules takes longer than most of them, so they share workers, too. */
const parts = [
  'sdk/src/transport/**/*.test.ts',
  'sdk/src/client/!(tests|backup|maintenance|send)/**/*.test.ts',
  'gateway/src/!(cli|tests|backup)/**/*.test.ts',
]
/** What a test may do to others in its worker: mock a module, change the process, start others, measure. */
const ALONE = /\bvi\.|child_process|process\.(?:env|on|chdir)|memoryUsage|processorTime|flood/
const joined = globSync(parts).filter((file) => !ALONE.test(readFileSync(file, 'utf8')))
const ready = {
  globalSetup: ['sdk/src/testing/harness/ready-keys-folder.ts'],
  setupFiles: ['sdk/src/testing/harness/cheap-keystores.ts', 'sdk/src/testing/harness/ready-keys.ts'],
}

/** Files that take longest. They start first, and short ones last, so that none goes on alone when all others have ended. */
const SLOWEST = [
  'sdk/src/cli/verb/sending/volume.test.ts',
  'gateway/src/cli/cli.test.ts',
  'sdk/src/cli/network.test.ts',
  'sdk/src/client/tests/rotation/entity-key.test.ts',
  'conformance-tests/tests/desk.test.ts',
  'sdk/src/client/backup/backup.test.ts',
  'sdk/src/client/send/split.test.ts',
  'sdk/src/transport/flood/flood.test.ts',
  'gateway/src/tests/network.test.ts',
  'conformance-tests/tests/codec.test.ts',
  'sdk/src/client/tests/death/crash.test.ts',
  'conformance-tests/tests/gateway.test.ts',
  'docs/check/form/report.test.ts',
  'docs/check/form/form.test.ts',
  'gateway/src/tests/desk-link.test.ts',
  'sdk/src/core/referral-codec/random.test.ts',
]

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) =>
      SLOWEST.some((file) => moduleId.endsWith(file)) ? 0 : project.name === 'whole' ? 1 : 2
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

/** Names the tests that passed only when repeated, as CI does once: each is a race to repair. */
const repeated: Reporter = {
  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky === true) console.warn(`Passed only when repeated: ${test.fullName}`)
  },
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    execArgv: ['--conditions=@rex/source'],
    // Tests of processes and sockets spend a third of their time waiting.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    reporters: ['default', repeated],
    sequence: { sequencer: SlowestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A poll waits for an event; on a busy machine that takes longer than the default second.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'whole',
          include: [all],
          exclude: [...exclude, ...pure, ...joined],
          globalSetup: [...ready.globalSetup, 'sdk/src/testing/harness/programs/bundle.ts'],
          setupFiles: ready.setupFiles,
        },
      },
      { extends: true, test: { ...ready, name: 'joined', include: joined, exclude, isolate: false } },
      { extends: true, test: { name: 'pure', include: pure, exclude, isolate: false } },
    ],
    coverage: {
      provider: 'v8',
      include: ['sdk/src/**/*.ts', 'gateway/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/fixture.ts'],
    },
  },
})
