// Entry point @rex/sdk/testing: tools for partners' tests. The keys of these tools are fixed, so never use them for real. docs/guide/testing.md

export type { Faults } from './gateway/faults.ts'
export { type TestNetwork, type TestNetworkOptions, testNetwork } from './network.ts'
export { type TestParty, type TestPartyOptions, testParty } from './parties/party.ts'
export type { Answer, ScriptedPeer } from './peer.ts'
export { buildReferral, EXAMPLE_REFERRALS, type ExampleName, exampleReferral } from './referral.ts'
export type { Duration, VirtualClock } from './time/clock.ts'
