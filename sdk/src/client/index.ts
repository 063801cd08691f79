// The desk client.
export type * from './api.ts'
export { connect } from './desk.ts'
export { changePassphrase, type InitDesk, initDesk } from './init.ts'
export { enrolDesk, type RestoreDesk, restoreDesk } from './restore.ts'
export { commandUnlock, credentialUnlock, fileUnlock, promptUnlock, stdinUnlock } from './unlock.ts'
