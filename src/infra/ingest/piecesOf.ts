import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { isDamage } from "./decompress.ts"
import { type SourceUnreadable, unreadable } from "./SourceUnreadable.ts"

/** Compressed data is damaged, or ends too early. */
export class BrokenCompression extends Schema.TaggedError<BrokenCompression>()(
  "BrokenCompression",
  {},
) {}

/** The pieces of a file's content, with typed failures. */
export const piecesOf = (
  path: string,
  content: AsyncIterable<Buffer>,
): Stream.Stream<Buffer, SourceUnreadable | BrokenCompression> =>
  Stream.fromAsyncIterable(content, (cause) =>
    isDamage(cause) ? new BrokenCompression() : unreadable(path, cause),
  )
