// The first steps of a partner's project, compiled with the published types.

import { startGateway } from '@rex/gateway'
import { RexError } from '@rex/sdk'
import { LIMITS } from '@rex/sdk/core'
import { KINDS, lint, parseReferral } from '@rex/sdk/referral'

const problems = (() => {
  try {
    parseReferral({ kind: 'victim-support', tets: true })
    return 'accepted'
  } catch (error) {
    return RexError.is(error, 'INVALID_REFERRAL') ? error.message : String(error)
  }
})()
if (!problems.includes('tets')) throw new Error(`A typo was not named: ${problems}`)
if (typeof startGateway !== 'function' || typeof lint !== 'function') throw new Error('An export is missing.')
console.log(`partner: ${Object.keys(KINDS).length} kinds, envelopes up to ${LIMITS.envelope} bytes`)
