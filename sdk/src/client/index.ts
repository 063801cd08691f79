// The desk client.
export type * from './api/api.ts'
export { connect } from './connect.ts'
export { changePassphrase, type InitDesk, initDesk } from './init.ts'
export { commandUnlock, credentialUnlock, fileUnlock, promptUnlock, stdinUnlock } from './keys/unlock.ts'
export { enrolDesk, type RestoreDesk, restoreDesk } from './recovery/restore.ts'
