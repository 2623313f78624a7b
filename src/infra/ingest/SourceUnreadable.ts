import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

/** A file or directory that cannot be read. */
export class SourceUnreadable extends Schema.TaggedError<SourceUnreadable>()("SourceUnreadable", {
  path: Schema.String,
  reason: Schema.String,
  /** Whether it is because nothing is there (any more). */
  missing: Schema.optionalKey(Schema.Literal(true)),
}) {
  override get message(): string {
    return `cannot read ${this.path}: ${this.reason}`
  }
}

/**
 * Does something with a file; what goes wrong is said with its path. Where too many files are open,
 * it waits until others have been closed.
 */
export const reading = <A>(
  path: string,
  work: () => Promise<A>,
): Effect.Effect<A, SourceUnreadable> =>
  Effect.tryPromise({ try: work, catch: (cause) => cause }).pipe(
    Effect.retry({
      while: (cause) => tooManyOpen.includes(codeOf(cause)),
      schedule: Schedule.spaced("50 millis"),
    }),
    Effect.mapError((cause) => unreadable(path, cause)),
  )

const tooManyOpen = ["EMFILE", "ENFILE"]

/** What goes wrong with a file, said with its path. */
export const unreadable = (path: string, cause: unknown): SourceUnreadable => {
  if (cause instanceof SourceUnreadable) return cause
  if (isMissing(cause) && hasLostBytes(path)) {
    return new SourceUnreadable({
      path,
      reason: "its name, or the name of a directory above it, is not UTF-8: rename it",
    })
  }
  if (isMissing(cause)) {
    return new SourceUnreadable({
      path,
      reason: "there is no such file or directory",
      missing: true,
    })
  }
  const code = codeOf(cause)
  const reason =
    code === "EACCES" || code === "EPERM"
      ? "permission denied: run as a user who may read it"
      : cause instanceof Error
        ? cause.message
        : String(cause)
  return new SourceUnreadable({ path, reason })
}

/** Whether something failed because a file is not there (any more). */
export const isMissing = (cause: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(codeOf(cause))

/** Whether a path contained bytes that are not UTF-8, so that the file cannot be found by it. */
export const hasLostBytes = (path: string): boolean => path.includes("\ufffd")

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : ""
