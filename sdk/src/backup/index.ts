// Entry point @rex/sdk/backup: encrypted backups of desks and gateways. docs/adr/0033
export { type CheckedDatabase, checkedDatabase } from './check.ts'
export { damagedBackup, type Head } from './head.ts'
export { newDirectory } from './new-directory.ts'
export { fileSink, memorySink, type ReadBackup, readBackup, type Sink } from './read.ts'
export { type About, type BackupOptions, type BackupWriter, writeBackup } from './write.ts'
