// Entry point @rex/sdk/backup: encrypted backups, for the desk and for the gateway. docs/adr/0033
export { type BackupKind, damagedBackup, type Head } from './head.ts'
export { fileSink, memorySink, type ReadBackup, readBackup, type Sink } from './read.ts'
export { type About, type BackupOptions, type BackupWriter, writeBackup } from './write.ts'
