// The desk as a service: the process that holds the desk, and how other programs use it. docs/guide/service.md
export { connect } from './connect.ts'
export type { ServiceOptions } from './remote/desk.ts'
export { serviceAt, tokensAt } from './remote/service.ts'
export type { Listen } from './server/address.ts'
export { type ServeOptions, type Service, serve } from './server/serve.ts'
