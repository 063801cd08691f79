// A PostgreSQL server to try REX with: writes the URL of an empty database NAME into NAME.url, for each name, and runs until it is stopped.
// docs/guide/integration.md, "PostgreSQL"
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { testPostgres } from '../../sdk/src/testing/harness/postgres.ts'

await using server = await testPostgres()
for (const name of process.argv.slice(2))
  await writeFile(`${name}.url`, `${await server.database(name)}\n`, { mode: 0o600 })
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
