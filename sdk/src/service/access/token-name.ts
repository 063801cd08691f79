// The names of tokens. docs/guide/service.md, "Tokens"
import { matching } from '../../core/shape.ts'

/** The name of a token. */
export const TOKEN_NAME = matching(
  /^[a-z0-9][a-z0-9-]{0,62}$/,
  'a name of at most 63 lower-case letters, digits and hyphens',
)
