// The operations of tokens, for the owner of the desk. docs/guide/service.md, "Tokens"

import { object, required } from '../../core/referral/schema/node.ts'
import { time } from '../../core/shape.ts'
import { TOKEN_NAME } from '../access/token-name.ts'
import { TOKEN_SCOPES, type TokenInfo } from '../access/tokens.ts'
import * as A from './answers.ts'
import { changes, type Operation, reads } from './operation.ts'

type NewToken = Pick<TokenInfo, 'name' | 'scopes' | 'expiresMs'>

export const TOKEN_OPERATIONS = {
  tokens: reads('/tokens', {
    summary: 'The tokens that are valid, by name.',
    scope: 'owner',
    answer: A.TOKENS,
    run: async ({ tokens }) => ({ tokens: tokens.list() }),
  }),
  addToken: changes<NewToken>('/tokens', {
    summary: 'Makes a token. Only this answer contains it.',
    scope: 'owner',
    names: ({ name, scopes }) => ({ token: name, scopes: scopes.join(' ') }),
    input: object<NewToken>('NewToken', {
      name: required(TOKEN_NAME),
      scopes: required(TOKEN_SCOPES),
      expiresMs: required(time),
    }),
    answer: A.NEW_TOKEN,
    run: async ({ tokens }, input) => ({ token: await tokens.add(input) }),
  }),
  revokeToken: changes('/tokens/:token/revoke', {
    summary: 'Revokes a token, by its name: calls with it end at once.',
    scope: 'owner',
    run: ({ tokens, path }) => tokens.revoke(path.token ?? ''),
  }),
} as const satisfies Readonly<Record<string, Operation>>
