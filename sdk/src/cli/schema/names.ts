// The names of the definitions in the schema of the commands. docs/guide/rex-desk.md, "Output for programs"

/** Returns the name of the definition of a verb's output. */
export const outputOf = (verb: string): string => `rex-desk-${verb}`
/** Name of the definition of the document that `receive --exec` passes to its program. */
export const EXEC_INPUT = 'receive-exec'
/** Name of the definition of errors. */
export const ERROR_OUTPUT = 'error'
