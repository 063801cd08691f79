// The desk, as programs use it.
export type * from './api/changes.ts'
export type * from './api/desk.ts'
export type * from './api/erasure.ts'
export type * from './api/events.ts'
export type * from './api/items.ts'
export type * from './api/keys.ts'
export type * from './api/sending.ts'
export type * from './api/thread.ts'
export type * from './api/verb-inputs.ts'
export { type DeskBackup, type VerifyBackup, verifyBackup } from './backup/verify.ts'
export { type BackupDesk, backupDesk } from './backup/write.ts'
export { connect } from './connect.ts'
export { type InitDesk, initDesk, type NewDesk } from './init.ts'
export {
  changePassphrase,
  type RecoverDesk,
  type ReplaceKit,
  recoverDesk,
  replaceKit,
} from './keys/access.ts'
export { commandUnlock, credentialUnlock, fileUnlock, promptUnlock, stdinUnlock } from './keys/unlock.ts'
export { type EnrolDesk, enrolDesk, type RestoreDesk, restoreDesk } from './recovery/restore.ts'
export { type SplitOptions, splitReferral } from './send/split.ts'
