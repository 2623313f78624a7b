import * as Schema from "effect/Schema"
import { standardInput } from "./sourcePaths.ts"

/** A file in which no format is recognised. */
export class NotALog extends Schema.TaggedError<NotALog>()("NotALog", { path: Schema.String }) {
  override get message(): string {
    const what = this.path === standardInput ? "standard input" : this.path
    return `${what} is no log of a format that is known: give the format with --format if you know better`
  }
}
