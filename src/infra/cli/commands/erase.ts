import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { UsageError } from "../../app/Answer.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import type { SecretVault } from "../../secrets/SecretVault.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"
import { typedSecret } from "../typedSecret.ts"

export const erase = Command.make("erase", {
  secret: Flag.String("secret").pipe(
    Flag.withMetavar("-"),
    Flag.withDescription("Erase the secret that is read from standard input"),
    flags.orUndefined,
  ),
  principal: Flag.String("principal").pipe(
    Flag.withDescription("Erase all secrets that were tried with this principal"),
    flags.orUndefined,
  ),
  before: Flag.String("before").pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription("Erase all secrets that were last tried before this time"),
    flags.orUndefined,
  ),
  reason: Flag.String("reason").pipe(Flag.withDescription("Record this reason"), flags.orUndefined),
  confirmed: Flag.Boolean("yes").pipe(
    Flag.withDescription("Erase; without it, only show what would be erased"),
    Flag.withDefault(false),
  ),
  json: flags.json,
}).pipe(
  Command.withDescription("Erase the bytes of secrets for good; findings and counts stay"),
  Command.withExamples([
    {
      command: "credtrail erase --principal alice@example.org",
      description: "What would be erased",
    },
    {
      command: "credtrail erase --before 2026-01-01 --yes --reason 'kept for a year'",
      description: "Erase what is old",
    },
  ]),
)

export const runErase = Effect.fn("erase")(function* (
  { json, reason, confirmed, ...input }: InputOf<typeof erase>,
  writing: Opening<EventLog | ReadModel | IngestStore | SecretVault>,
) {
  const choice = yield* choiceOf(input)
  const { eraseSecrets } = yield* load(() => import("../../app/eraseSecrets.ts"))
  const { erasureText } = yield* load(() => import("../render/auditText.ts"))
  yield* printAnswer(
    eraseSecrets({ choice, reason, confirmed }).pipe(Effect.provide(writing)),
    (erasure) => (json ? jsonText(erasure, 2) : erasureText(erasure)),
  )
})

const choiceOf = Effect.fnUntraced(function* ({
  secret,
  principal,
  before,
}: Pick<InputOf<typeof erase>, "secret" | "principal" | "before">) {
  const given = [secret, principal, before].filter((each) => each !== undefined)
  if (given.length !== 1) {
    return yield* new UsageError({
      message: "say what to erase: --secret -, --principal or --before, one of them",
    })
  }
  if (principal !== undefined) return { principal }
  if (before !== undefined) return { before }
  if (secret !== "-") {
    return yield* new UsageError({
      message:
        "--secret takes only -, and reads the secret from standard input: arguments can be seen by other users",
    })
  }
  return { password: yield* typedSecret("--secret") }
})
