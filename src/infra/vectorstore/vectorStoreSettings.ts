import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The environment asks for a vector store that there is not. */
export class VectorStoreMisconfigured extends Schema.TaggedError<VectorStoreMisconfigured>()(
  "VectorStoreMisconfigured",
  { variable: Schema.String, reason: Schema.String },
) {
  override get message(): string {
    return `${this.variable}: ${this.reason}`
  }
}

/** Which vector store is wanted. */
export interface VectorStoreSettings {
  readonly type: "sqlite_vec" | "fake" | "null"
  /** The file, if not the one in the data directory. */
  readonly path: string | undefined
  /** Whether to fail, rather than fall back to memory, where sqlite-vec cannot be loaded. */
  readonly strict: boolean
}

/**
 * Reads the four `CREDTRAIL_VECTORSTORE_` variables: the only place that does. One that is empty is
 * one that is not set.
 */
export const vectorStoreSettings: Effect.Effect<VectorStoreSettings, VectorStoreMisconfigured> =
  Effect.gen(function* () {
    const enabled = yield* flag("CREDTRAIL_VECTORSTORE_ENABLED", true)
    const strict = yield* flag("CREDTRAIL_VECTORSTORE_STRICT", false)
    const path = yield* text("CREDTRAIL_VECTORSTORE_PATH")
    if (!enabled) return { type: "null", path, strict }
    const type = (yield* text("CREDTRAIL_VECTORSTORE_TYPE")) ?? "sqlite_vec"
    if (type === "sqlite_vec" || type === "fake") return { type, path, strict }
    return yield* misconfigured(
      "CREDTRAIL_VECTORSTORE_TYPE",
      `there is no vector store "${type}": choose sqlite_vec or fake, or switch it off with CREDTRAIL_VECTORSTORE_ENABLED=false`,
    )
  })

const text = (variable: string): Effect.Effect<string | undefined> =>
  Effect.orDie(Config.String(variable).pipe(Config.withDefault(undefined)))

const flag = (
  variable: string,
  byDefault: boolean,
): Effect.Effect<boolean, VectorStoreMisconfigured> =>
  Effect.flatMap(text(variable), (given) => {
    if (given === undefined) return Effect.succeed(byDefault)
    const value = given.toLowerCase()
    if (yes.includes(value)) return Effect.succeed(true)
    if (no.includes(value)) return Effect.succeed(false)
    return misconfigured(variable, `"${given}" is neither true nor false`)
  })

const yes = ["true", "yes", "on", "1"]
const no = ["false", "no", "off", "0"]

const misconfigured = (variable: string, reason: string) =>
  Effect.fail(new VectorStoreMisconfigured({ variable, reason }))
