import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { jsonText } from "../cli/render/jsonText.ts"
import { announcedText, tableComparisonsText } from "../cli/render/verificationText.ts"
import { showFolding } from "../cli/showFolding.ts"
import { fileOf } from "../readmodel/rebuild/places.ts"
import { attemptRegistry, openRegistry } from "../readmodel/rebuild/Registry.ts"
import { disagreements } from "../readmodel/rebuild/Verification.ts"
import { verify } from "../readmodel/rebuild/verify.ts"
import { Storage } from "./Storage.ts"

/** What the read models say, or what was announced, is not what the log comes to. */
export class VerificationFailed extends Schema.TaggedError<VerificationFailed>()(
  "VerificationFailed",
  { tables: Schema.Array(Schema.String), announcements: Schema.Int },
) {
  override get message(): string {
    const wrong = [
      ...(this.tables.length > 0 ? [`the read models in ${this.tables.join(", ")}`] : []),
      ...(this.announcements > 0 ? [`${this.announcements} announcements`] : []),
    ].join(" and ")
    return `${wrong} are not what the log comes to: credtrail rebuild makes the read models anew`
  }
}

/** Compares the read models, and what was announced, with what the log comes to. */
export const verifyReadModels = Effect.fn("verifyReadModels")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const storage = yield* Storage
  const verified = yield* Effect.gen(function* () {
    const registry = openRegistry(input.data)
    const { no } = (yield* attemptRegistry(registry.read).pipe(
      Effect.ensuring(Effect.sync(registry.close)),
    )).current
    const live = { no, file: fileOf(input.data, no) }
    return yield* showFolding((onProgress) => verify({ data: input.data, live, onProgress }))
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
  const { generation, position, tables, announced } = verified
  yield* Console.log(
    input.json
      ? jsonText(verified, 2)
      : [
          `generation ${generation}, at ${position || "the beginning"}`,
          "",
          tableComparisonsText(tables),
          "",
          announcedText(announced),
        ].join("\n"),
  )
  const differing = disagreements(verified).map(({ table }) => table)
  if (differing.length > 0 || announced.wrong > 0) {
    return yield* new VerificationFailed({ tables: differing, announcements: announced.wrong })
  }
})
