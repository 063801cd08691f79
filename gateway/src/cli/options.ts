// Options that the verbs of rex-gateway share. docs/guide/gateway.md

/** Options that every verb has. */
export interface CommonOptions {
  /** The gateway's directory. */
  readonly dir: string
  /** Machine-readable output. */
  readonly json?: boolean
}
