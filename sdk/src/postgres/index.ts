// Entry point @rex/sdk/postgres: REX in the transactions of an application with PostgreSQL. docs/guide/postgres.md

export { claim, type InboxItem, unpark, type WorkOptions, work } from './claim.ts'
export { type EnqueueOptions, type EnqueueVerb, enqueue, resubmit } from './enqueue.ts'
export { migrate } from './migrations.ts'
export { type Relay, type RelayOptions, startRelay } from './relay/relay.ts'
export type { PooledSql, Sql, SqlPool } from './sql.ts'
