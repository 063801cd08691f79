// A CommonJS module that uses the packages, compiled with the published types.
const { connect, fileUnlock }: typeof import('@rex/sdk') = require('@rex/sdk')
const { KINDS }: typeof import('@rex/sdk/referral') = require('@rex/sdk/referral')
const { startGateway }: typeof import('@rex/gateway') = require('@rex/gateway')

if (!('victim-support' in KINDS) || typeof startGateway !== 'function')
  throw new Error('An export is missing.')
connect({ directory: 'nowhere', unlock: fileUnlock('passphrase.txt') }).then(
  () => Promise.reject(new Error('There is no passphrase file.')),
  (error: { readonly reason?: string }) => {
    if (error.reason !== 'UNLOCK_FAILED') throw error
    console.log('partner: CommonJS')
  },
)
