#!/usr/bin/env node
// The `rex-desk` command: the sources in a checkout, the build where it is installed. docs/guide/rex-desk.md
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    `rex-desk: Node ${process.versions.node} is too old.\n` +
      'Install Node 24 or later; in a checkout of REX, `npx rex-desk` brings the right one.\n',
  )
  process.exit(1)
}

// Node's notices of its own experimental features would stand between people and what they asked for.
const [printWarning] = process.listeners('warning')
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') printWarning?.(warning)
})

if (import.meta.url.includes('/node_modules/')) {
  await import('../dist/cli/main.js')
} else {
  nodeModule.enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/rex', import.meta.url)))
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, '@rex/source'] }),
  })
  await import('../src/cli/main.ts')
}
