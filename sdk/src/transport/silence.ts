// grpc-js writes to stderr whatever the environment asks for, message headers included; here it writes nothing. docs/spec/delivery.md
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'

/** Silences grpc-js, GRPC_TRACE and GRPC_VERBOSITY notwithstanding (T-073, T-121). What matters arrives as an error. */
export function silenceGrpc(): void {
  setLogVerbosity(logVerbosity.NONE)
}
