// Starts a command, or says in one sentence that this Node cannot run it. Every Node since 10 can read this file. docs/guide/gateway.md, "Running"
// biome-ignore-all lint/style/useNodejsImportProtocol: Node 12 does not know the protocol
'use strict'
const nodeModule = require('module')
const path = require('path')
const url = require('url')

const WANTED = 'Node 24.17.0 or a later 24, or Node 26.3.1 or later'

/** The releases that have what REX needs and no known vulnerability in TLS or HTTP/2: `engines` of every package. */
function runs(version) {
  const parts = version.split('.').map(Number)
  const isFrom = (minor, patch) => parts[1] > minor || (parts[1] === minor && parts[2] >= patch)
  if (parts[0] === 24) return isFrom(17, 0)
  if (parts[0] === 26) return isFrom(3, 1)
  return parts[0] > 26
}

/**
 * Loads the main module of a command: from dist where it is installed; in a checkout from the TypeScript sources, compiled once.
 * Under a Node that cannot run it, the process ends with exit code 1.
 */
function launch(command, directory) {
  if (!runs(process.versions.node)) {
    process.stderr.write(`${command}: Node ${process.versions.node} cannot run this; install ${WANTED}.\n`)
    process.exit(1)
  }
  const installed = /[\\/]node_modules[\\/]/.test(directory)
  if (!installed) runSources(path.join(directory, '../../node_modules/.cache/rex'))
  const main = path.join(directory, installed ? '../dist/cli/main.js' : '../src/cli/main.ts')
  return import(url.pathToFileURL(main).href)
}

function runSources(cache) {
  nodeModule.enableCompileCache(cache)
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, Object.assign({}, context, { conditions: context.conditions.concat('@rex/source') })),
  })
}

module.exports = { launch, runs }
