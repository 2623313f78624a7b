import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as Exit from "effect/Exit"
import type { NotCaughtUp } from "../app/appendFact.ts"

/**
 * What the exit code of a command means. The codes are stable; `docs/reference/cli.md` lists them.
 */
export const exitCodes = {
  success: 0,
  /** Something went wrong that is none of the below. */
  failure: 1,
  /** The command was called wrongly. */
  usage: 2,
  /** What was asked about is not there. */
  notFound: 3,
  /** Another process is at the same work: ingesting the same source, or rebuilding. */
  busy: 4,
  /** The data cannot be read or written: disk full, no permission, damaged. */
  storage: 5,
  /** Something that was to be ingested could not be read, or is no log. */
  unreadable: 6,
  /** A verification has found a difference. */
  differs: 7,
  /** Ended by a signal. */
  interrupted: 130,
} as const

const byTag = {
  UsageError: exitCodes.usage,
  EventStoreUrlInvalid: exitCodes.usage,
  UnknownTimeZone: exitCodes.usage,
  UnknownFormat: exitCodes.usage,
  VectorRefused: exitCodes.usage,
  VectorStoreMisconfigured: exitCodes.usage,
  NotFound: exitCodes.notFound,
  NothingToRollBack: exitCodes.notFound,
  SourceBusy: exitCodes.busy,
  RebuildBusy: exitCodes.busy,
  KeysInUse: exitCodes.busy,
  DataDirectoryUnusable: exitCodes.storage,
  LogMismatch: exitCodes.storage,
  EventLogUnavailable: exitCodes.storage,
  ReadModelUnavailable: exitCodes.storage,
  IngestStoreUnavailable: exitCodes.storage,
  SecretKeysUnavailable: exitCodes.storage,
  SecretVaultUnavailable: exitCodes.storage,
  KeysMismatch: exitCodes.storage,
  VectorStoreUnavailable: exitCodes.storage,
  SourceUnreadable: exitCodes.unreadable,
  NotALog: exitCodes.unreadable,
  GenerationsDiffer: exitCodes.differs,
  VerificationFailed: exitCodes.differs,
  VectorsDiffer: exitCodes.differs,
  CheckpointMoved: exitCodes.failure,
  CopyRefused: exitCodes.failure,
  OutputLost: exitCodes.failure,
  PoisonEvent: exitCodes.failure,
  ProblemsFound: exitCodes.failure,
  RelayDiverged: exitCodes.failure,
} as const

/** The errors that a command may fail with; one that nobody has given a code does not compile. */
export type CredtrailError =
  | CliError.CliError
  | NotCaughtUp
  | { readonly _tag: keyof typeof byTag; readonly message: string }

/** The exit code of a command that ended like this. */
export const exitCodeOf = (exit: Exit.Exit<unknown, CredtrailError>): number => {
  if (Exit.isSuccess(exit)) return exitCodes.success
  const failed = exit.cause.reasons.find(Cause.isFailReason)
  if (failed !== undefined) return exitCodeOfError(failed.error)
  return Cause.hasInterruptsOnly(exit.cause) ? exitCodes.interrupted : exitCodes.failure
}

const exitCodeOfError = (error: CredtrailError): number => {
  if (CliError.isCliError(error)) {
    // Help that was shown because nothing was asked for.
    const isHelp = error._tag === "ShowHelp" && error.errors.length === 0
    return isHelp ? exitCodes.success : exitCodes.usage
  }
  return error._tag === "NotCaughtUp" ? byTag[error.reason._tag] : byTag[error._tag]
}
