// Replaces the main modules of rex-gateway and rex-desk in dist with bundles, which start sooner and take less memory.
// docs/adr/0063-commands-are-released-as-bundles.md
import { join } from 'node:path'
import { bundleOwnCode } from '../../../sdk/src/testing/harness/programs/bundle.ts'
import { ROOT } from '../../../sdk/src/testing/harness/programs/path.ts'

for (const workspace of ['gateway', 'sdk'])
  await bundleOwnCode(`${workspace}/src/cli/main.ts`, join(ROOT, workspace, 'dist/cli'))
