import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { isDamage } from "./gunzip.ts"
import { type SourceUnreadable, unreadable } from "./SourceUnreadable.ts"

/** Compressed data is damaged, or ends too early. */
export class BrokenGzip extends Schema.TaggedError<BrokenGzip>()("BrokenGzip", {}) {}

/** The pieces of a file's content, with typed failures. */
export const piecesOf = (
  path: string,
  content: AsyncIterable<Buffer>,
): Stream.Stream<Buffer, SourceUnreadable | BrokenGzip> =>
  Stream.fromAsyncIterable(content, (cause) =>
    isDamage(cause) ? new BrokenGzip() : unreadable(path, cause),
  )
