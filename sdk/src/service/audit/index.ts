// The audit log of the service: who read what, and who did what. docs/guide/service.md, "Audit log"
export { AuditLog } from './log.ts'
export type { AuditEntry, AuditRecord, Link } from './record.ts'
export { type AuditCheck, type VerifyOptions, verifyAudit } from './verify.ts'
