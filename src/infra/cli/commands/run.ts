import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { ReadModelsLayer } from "../../app/followFiles.ts"
import type { IngestInput } from "../../app/sourceSettings.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { LogPlace } from "../../eventlog/LogPlace.ts"
import type { IngestStore } from "../../ingest/IngestStore.ts"
import type { SecretVault } from "../../secrets/SecretVault.ts"
import * as flags from "../flags.ts"
import { type InputOf, load, type Opening, type Root, root, type VectorsOpening } from "../root.ts"

export const run = Command.make("run", {
  paths: Argument.String("paths").pipe(
    Argument.withDescription(
      "Log files and directories to watch; with none, only fold and announce",
    ),
    Argument.variadic({ min: 0 }),
  ),
  format: flags.format,
  decky: flags.decky,
  deckies: flags.deckies,
  timezone: flags.timezone,
  onPoison: flags.onPoison,
  noPlaintext: flags.noPlaintext,
  noMailAddresses: flags.noMailAddresses,
}).pipe(Command.withDescription("Watch log files and keep findings up to date until stopped"))

export const runService = Effect.fn("run")(function* (
  input: InputOf<typeof run>,
  opening: FollowingOpening,
) {
  const { data } = yield* root
  yield* follow("run", { ...input, data }, opening)
})

/** What is opened to follow sources: the read models only when they can be. */
export interface FollowingOpening {
  readonly log: Opening<EventLog>
  readonly sources: Opening<EventLog | IngestStore | SecretVault>
  readonly readModels: ReadModelsLayer<Root>
  readonly vectors: VectorsOpening
}

/** Follows sources under the name of a command, once the server of the log answers. */
export const follow = Effect.fnUntraced(function* (
  command: string,
  input: IngestInput,
  { log, sources, readModels, vectors }: FollowingOpening,
) {
  const { awaitServer, followFiles, planFollowing } = yield* load(
    () => import("../../app/followFiles.ts"),
  )
  const { retrySignal } = yield* load(() => import("../../app/service/retryOnSignal.ts"))
  const retryAsked = yield* retrySignal
  const plan = yield* planFollowing(command, input)
  const place = yield* LogPlace
  if (place.kind === "eventstore") {
    yield* awaitServer(plan, place.settings.location).pipe(Effect.provide(log))
  }
  yield* followFiles(plan, { readModels, retryAsked }).pipe(
    Effect.provide(vectors),
    Effect.provide(sources),
  )
}, Effect.scoped)
