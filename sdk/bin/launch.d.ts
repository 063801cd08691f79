/** Whether a release of Node, such as `24.17.0`, has what REX needs and no known vulnerability in TLS or HTTP/2. */
export function runs(version: string): boolean

/** Loads the main module of the command whose `bin` directory this is; ends the process under a Node that cannot run it. */
export function launch(command: string, directory: string): Promise<Record<string, unknown>>
