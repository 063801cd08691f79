// Entry point @rex/sdk/adapters: cases of other systems as referrals, and back. No Node: it runs in a browser. docs/spec/referral.md, "Other systems"
export type { Adapter, Exported, Imported, ImportOptions, Loss, LossCode } from './adapter.ts'
export { type PrimeroCase, primero } from './primero/primero.ts'
