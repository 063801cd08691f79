// Bundles the programs that are measured. docs/adr/0063-commands-are-released-as-bundles.md
import { rmSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleOwnCode, bundlePrograms } from '../../sdk/src/testing/harness/programs/bundle.ts'
import { ROOT } from '../../sdk/src/testing/harness/programs/path.ts'

let made: Promise<string> | undefined

/** Returns the path of a command as it is released. */
export async function releasedCommand(
  path: 'sdk/bin/rex-desk.js' | 'gateway/bin/rex-gateway.js',
): Promise<string> {
  return join(await bundles(), path)
}

/** Bundles a program that embeds the SDK, as a service would be bundled. */
export async function bundledProgram(program: URL): Promise<URL> {
  const source = relative(ROOT, fileURLToPath(program))
  const folder = join(await bundles(), source.replace(/\.ts$/, ''))
  await bundleOwnCode(source, folder)
  return pathToFileURL(join(folder, basename(source).replace(/\.ts$/, '.js')))
}

/** Bundles the commands at the first call. Returns their folder, which is removed when the process ends. */
function bundles(): Promise<string> {
  made ??= makeBundles()
  return made
}

async function makeBundles(): Promise<string> {
  const folder = await bundlePrograms({ released: true })
  process.once('exit', () => rmSync(folder, { recursive: true }))
  return folder
}
