// Entry point @rex/sdk: the desk, for partner developers. docs/guide/desk.md
export * from './client/index.ts'
export { type ErrorReason, RexError } from './core/error.ts'
export { connect } from './service/connect.ts'
export type { ServiceOptions } from './service/remote/desk.ts'
