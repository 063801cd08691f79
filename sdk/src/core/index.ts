// Entry point @rex/sdk/core: the protocol itself, for implementers and for the gateway. It uses no clock, socket, file or timer.
export type { KeptTime } from './agreed-time.ts'
export * from './encoding/encoding.ts'
export {
  contextDigest,
  envelopeDigest,
  manifestDigest,
  recipientCommitment,
  sealedDigest,
  sectionDigest,
} from './envelope/digest.ts'
export { parseManifest } from './envelope/manifest.ts'
export {
  type OpenContext,
  type OpenedMessage,
  type OpenedSection,
  OpenFailure,
  open,
  type Stage,
} from './envelope/open.ts'
export { encodeEnvelope, type ParsedEnvelope, parseEnvelope, parseRouting } from './envelope/parse.ts'
export {
  type Message,
  type Random,
  type Recipient,
  resealMessage,
  type SealedDelivery,
  type SealedMessage,
  type SealedPart,
  type SealOptions,
  type SectionInput,
  seal,
} from './envelope/seal.ts'
export {
  type ErrorReason,
  ensure,
  REASONS,
  type ReasonRule,
  RexError,
  type RexErrorOptions,
  type StatusName,
} from './error.ts'
export { type EntityId, isEntityId, parseEntityId, readEntityId } from './identifier.ts'
export {
  countsAsSeen,
  type DatedKey,
  type EntityClaims,
  type EntityConfiguration,
  type EntityExpectation,
  type GatewayEntry,
  keyAt,
  type Party,
  parseEntityConfiguration,
  signEntityConfiguration,
  verifyEntityConfiguration,
} from './identity/entity.ts'
export {
  advance,
  type EpochChain,
  type EpochKeys,
  epochAt,
  epochDecapsulator,
  epochFor,
  publicEpochs,
  recipientKeys,
} from './identity/epoch.ts'
export { entityWords, type Invite, signInvite, verifyInvite } from './identity/invite.ts'
export { kitWords, readKit } from './identity/kit.ts'
export { pinnedResolver } from './identity/pinned.ts'
export type { KeyResolver } from './identity/resolver.ts'
export {
  type EntityRotation,
  leadsTo,
  MOST_ROTATIONS,
  parseRotation,
  readRotations,
  signRotation,
  tookOverFrom,
} from './identity/rotation.ts'
export { roomFrom } from './identity/succession.ts'
export { readJson } from './input/json.ts'
export { decodeText, isLonger, type TextBounds, unwrapped } from './input/text.ts'
export { changingSigner, localSigner } from './jose/jose.ts'
export {
  type Ed25519PublicJwk,
  type HpkePublicJwk,
  kid,
  type Signer,
  thumbprint,
  type X25519PublicJwk,
} from './jose/key.ts'
export { chooseSuite, type Decapsulator, type RecipientKeys, SUITES, type Suite } from './jose/suite.ts'
export { type Judged, type JudgedMessage, type JudgedThread, judgeMessage, placeMessage } from './judge.ts'
export { LIMITS } from './limits.ts'
export { createServing, type Queue, type Serving, type Turn } from './mailbox/serving.ts'
export { createStanding, type Standing } from './mailbox/standing.ts'
export { type Certificate, fingerprint, parseCertificate } from './pki/certificate.ts'
export {
  type CertificateUsage,
  type ChainCheck,
  certificateUri,
  checkAnyChain,
  checkAuthority,
  checkChain,
  isIssuedBy,
} from './pki/chain.ts'
export {
  type Authority,
  createAuthority,
  type Issue,
  isRenewalDue,
  issueCertificate,
  wasIssuedAhead,
} from './pki/issue.ts'
export { generateRsaKey, keyFingerprint, readPrivateKey } from './pki/key.ts'
export { fromPem, type PemLabel, toPem } from './pki/pem.ts'
export { exportPkcs12, importPkcs12, type KeyFile } from './pki/pkcs12.ts'
export { createSigningRequest, readSigningRequest } from './pki/request.ts'
export {
  exitCodeOfProblems,
  gravestFirst,
  type Problem,
  type ProblemMeaning,
  type Severity,
} from './problem.ts'
export {
  type EntityKeys,
  type EvidenceOptions,
  encodeEvidence,
  examineEvidence,
  verifyEvidence,
} from './receipt/evidence.ts'
export type { Compromise, KnownOrganisation } from './receipt/known-keys.ts'
export {
  type EvidenceFindings,
  type EvidenceReport,
  type ProvenDelivery,
  type ProvenMessage,
  provenSince,
  type Refuted,
  type Witness,
} from './receipt/report.ts'
export {
  parseStoredReceipt,
  type StoredExpectation,
  signStoredReceipt,
  verifyStoredReceipt,
} from './receipt/stored.ts'
export { decodeSection, encodeSections } from './referral-codec/section.ts'
export { selfTest } from './self-test/self-test.ts'
export { checkKnown } from './shape.ts'
export { describeSystemError, isSystemError, remedyOf, type SystemError } from './system-error.ts'
export { identifies } from './thread/event.ts'
export { dropEvent, type Track } from './thread/track.ts'
export {
  CERTIFICATES_BEGIN,
  createTrustedTime,
  keptAt,
  type TrustedTime,
  type TrustedTimeOptions,
} from './trusted-time.ts'
