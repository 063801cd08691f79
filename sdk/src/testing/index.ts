// The door @rex/sdk/testing: what partners need in their own tests. Fixed keys: never for real use.
export { type TestParty, type TestPartyOptions, testParty } from './party.ts'
