// Entry point @rex/sdk/adapters: conversion of other systems' cases to referrals and back. It does not need Node, so it runs in a browser.
// docs/spec/referral.md, "Other systems"
export type { Adapter, Exported, Imported, ImportOptions, Loss, LossCode } from './adapter.ts'
export { type PrimeroCase, primero } from './primero/primero.ts'
