import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer, reasonGiven, revealedIf } from "../standardOutput.ts"
import { passwordOf } from "../typedSecret.ts"

export const credentials = Command.make("credentials", {
  sort: Flag.Literals("sort", ["last-seen", "first-seen", "attempts"]).pipe(
    Flag.withDescription("Sort order"),
    Flag.withDefault("last-seen"),
  ),
  service: flags.service,
  decky: flags.deckyFilter,
  attacker: flags.attacker,
  secretKind: flags.secretKind,
  principal: flags.principal,
  secret: flags.secretDigest,
  password: flags.password,
  sha256: flags.sha256,
  finding: Flag.String("finding").pipe(
    Flag.withDescription("Only the credentials of this finding"),
    flags.orUndefined,
  ),
  since: flags.since,
  until: flags.until,
  asOf: flags.asOf,
  by: flags.by,
  limit: flags.limit,
  offset: flags.offset,
  json: flags.json,
  ...flags.revealing,
}).pipe(
  Command.withDescription("List who tried which credential where"),
  Command.withExamples([
    {
      command: "credtrail credentials --password - < password.txt",
      description: "All attempts with a secret",
    },
    {
      command: "credtrail credentials --attacker 192.0.2.7",
      description: "All attempts of an attacker",
    },
  ]),
)

export const printCredentials = Effect.fn("credentials")(function* (
  { json, reveal, reason, ...input }: InputOf<typeof credentials>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { parseCredentialsQuery, showCredentials } = yield* load(
    () => import("../../app/showCredentials.ts"),
  )
  const { credentialsJson, credentialsTable } = yield* load(
    () => import("../render/credentialsTable.ts"),
  )
  yield* reasonGiven({ reveal, reason })
  const password = yield* passwordOf(input.password)
  const query = yield* parseCredentialsQuery({ ...input, password })
  yield* printAnswer(
    showCredentials(query).pipe(
      Effect.provide(reading),
      revealedIf({ reveal, reason }, "credentials"),
    ),
    (list, width) =>
      json ? credentialsJson(list) : credentialsTable(list, { offset: input.offset, width }),
  )
})
