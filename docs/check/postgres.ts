// A PostgreSQL server for the commands of a page: prints the URL of an empty database, and runs until it is stopped. docs/guide/integration.md
import { once } from 'node:events'
import { testPostgres } from '../../sdk/src/testing/harness/postgres.ts'

await using server = await testPostgres()
console.log(await server.database('casework'))
await once(process, 'SIGTERM')
