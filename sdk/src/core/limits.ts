// The table of all limits (REX-ERR-020). docs/spec/errors.md

const KiB = 1024
const MiB = 1024 * KiB
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Limits of protocol version 1. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  envelope: 2 * MiB,
  message: 3 * MiB,
  group: 32 * MiB,
  routing: KiB,
  protectedHeader: 8 * KiB,
  entityIdentifier: 255,
  entityConfiguration: 64 * KiB,
  rotation: KiB,
  evidence: 64 * MiB,
  evidenceConfigurations: 4160,
  recipients: 64,
  sections: 64,
  heads: 16,
  void: 64,
  receiptsPerBatch: 256,
  eventsPerTrack: 4096,
  counter: 65_535,
  terminalReserve: 16,
  forksPerTrack: 16,
  trackBytes: 64 * MiB,
  terminalReserveBytes: 4 * MiB,
  maxLifetime: 14 * DAY,
  skew: 10 * MINUTE,
  epoch: 7 * DAY,
  epochsAhead: 12,
  statementAhead: 5 * MINUTE,
  epochRetention: 180 * DAY,
  urgentAlarm: 15 * MINUTE,
  windowBytes: 16 * MiB,
  receiverWindowBytes: 4 * MiB,
  urgentBudget: 256,
  urgentRefill: 1000,
  shareRecovery: HOUR,
  retryMin: 10_000,
  retryMax: HOUR,
  retryUrgent: MINUTE,
  tokenLifetime: HOUR,
  deskCredentials: 1024,
  conflicts: 64,
  configurations: 64,
  chains: 256,
  damages: 100,
} as const
