// Options shared by the verbs of rex-gateway. docs/guide/gateway.md

/** Options of every verb. */
export interface CommonOptions {
  /** The gateway's directory. */
  readonly dir: string
  /** Machine-readable output. */
  readonly json?: boolean
}
