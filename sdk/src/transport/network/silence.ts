// Silences grpc-js, which otherwise writes what environment variables ask for to stderr, including message headers. docs/spec/delivery.md
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'

/** Silences grpc-js, regardless of GRPC_TRACE and GRPC_VERBOSITY (T-073, T-121). Relevant failures arrive as errors. */
export function silenceGrpc(): void {
  setLogVerbosity(logVerbosity.NONE)
}
