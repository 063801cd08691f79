import { defineConfig } from 'vitest/config'

const conditions = ['@rex/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['{sdk,gateway,examples,conformance-tests,bench,docs}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    execArgv: ['--conditions=@rex/source'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['sdk/src/**/*.ts', 'gateway/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/fixture.ts'],
    },
  },
})
