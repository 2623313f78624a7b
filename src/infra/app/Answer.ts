import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The result of a use case, and what its reader should know about it, one sentence each. */
export interface Answer<A> {
  readonly answer: A
  readonly warnings: ReadonlyArray<string>
}

/** What was asked for makes no sense; the message says what would. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  message: Schema.String,
}) {}

/** What was asked about is not there; `warnings` may say why, e.g. that read models are behind. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  message: Schema.String,
  warnings: Schema.Array(Schema.String).pipe(Schema.withConstructorDefault(Effect.succeed([]))),
}) {}
