#!/usr/bin/env node
// Starts the rex-gateway command: from dist when installed; in a checkout from the TypeScript sources, compiled once.
import { realpathSync } from 'node:fs'
import { enableCompileCache, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

// Node's notices of its own experimental features would stand between people and what they asked for.
const [printWarning] = process.listeners('warning')
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') printWarning?.(warning)
})

const installed = /[\\/]node_modules[\\/]/.test(realpathSync(fileURLToPath(import.meta.url)))
if (!installed) {
  enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/rex', import.meta.url)))
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, '@rex/source'] }),
  })
}
const { main } = await import(installed ? '../dist/cli/main.js' : '../src/cli/main.ts')
await main(process.argv)
