// The names of the definitions in the schema of the commands. docs/guide/rex-desk.md, "Output for programs"

/** Name of the definition of what a verb prints. */
export const outputOf = (verb: string): string => `rex-desk-${verb}`
/** Name of the definition of what `receive --exec` hands to its program. */
export const EXEC_INPUT = 'receive-exec'
/** Name of the definition of errors. */
export const ERROR_OUTPUT = 'error'
