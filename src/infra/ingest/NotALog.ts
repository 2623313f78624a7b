import * as Schema from "effect/Schema"
import { standardInput } from "./sourcePaths.ts"

/** A file in which no format is recognised. */
export class NotALog extends Schema.TaggedError<NotALog>()("NotALog", { path: Schema.String }) {
  override get message(): string {
    const what = this.path === standardInput ? "standard input" : this.path
    return `${what}: unrecognised log format; force one with --format`
  }
}
