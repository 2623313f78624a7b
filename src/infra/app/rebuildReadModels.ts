import { hostname, userInfo } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { boundedText } from "../../domain/event/bounded.ts"
import { type NewEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { registerProcess } from "../processes/ProcessRegistry.ts"
import { catchUp } from "../readmodel/catchUp.ts"
import type { ReadModel } from "../readmodel/ReadModel.ts"
import {
  disagreements,
  GenerationsDiffer,
  type Verification,
} from "../readmodel/rebuild/GenerationDiff.ts"
import type { RefoldError } from "../readmodel/rebuild/promote.ts"
import { type RebuildProgress, type Rebuilt, rebuild } from "../readmodel/rebuild/rebuild.ts"
import type { RebuildBusy } from "../readmodel/rebuild/rebuildLock.ts"
import type { RelayDiverged } from "../readmodel/relayOutbox.ts"
import type { Answer } from "./Answer.ts"
import { appendFact } from "./appendFact.ts"
import { now } from "./moment.ts"

/** What to rebuild, and who is told how far that is. */
export interface RebuildRequest {
  readonly data: string
  readonly onProgress: (progress: RebuildProgress) => Effect.Effect<void>
}

/**
 * Rebuilds the read models from the log, compares them with the live ones, and switches. Where they
 * differ it fails with {@link GenerationsDiffer}, unless there is a reason to accept that, which is
 * then recorded with who gave it.
 */
export const rebuildReadModels = Effect.fn("rebuildReadModels")(function* ({
  data,
  acceptDifference: reason,
  onProgress,
}: RebuildRequest & { readonly acceptDifference: string | undefined }): Effect.fn.Return<
  Answer<Rebuilt>,
  EventLogUnavailable | GenerationsDiffer | RebuildBusy | RelayDiverged | RefoldError,
  EventLog | ReadModel | Scope
> {
  yield* registerRebuild(data)
  const warnings: Array<string> = []
  // Where no service is at work, the live generation may be behind the log.
  yield* catchUp("stop").pipe(
    Effect.catchTag("PoisonEvent", ({ message }) =>
      Effect.sync(() => warnings.push(`the read models are not up to date: ${message}`)),
    ),
  )
  let first: Verification | undefined
  const onCompared = Effect.fnUntraced(function* (
    verification: Verification,
    generation: number,
    last: boolean,
  ) {
    // The first look is at everything, later ones at what may have changed since.
    first ??= verification
    if (reason !== undefined) {
      if (last) yield* recordAcceptance(first, verification, generation, reason)
      return
    }
    const tables = disagreements(verification).map(({ table }) => table)
    if (tables.length === 0) return
    const { position, tables: compared } = verification
    return yield* new GenerationsDiffer({ tables, position, compared })
  })
  return { answer: yield* rebuild({ data, onProgress, onCompared }), warnings }
}, Effect.scoped)

/** Rebuilds read models that an older version of credtrail has made; that they differ is no reason not to. */
export const upgradeReadModels = Effect.fn("upgradeReadModels")(function* ({
  data,
  onProgress,
}: RebuildRequest): Effect.fn.Return<Answer<Rebuilt>, RebuildBusy | RefoldError, EventLog | Scope> {
  yield* registerRebuild(data)
  const onCompared = () => Effect.void
  return { answer: yield* rebuild({ data, onProgress, onCompared }), warnings: [] }
}, Effect.scoped)

/** Shows in the process registry that a rebuild is under way, until the scope closes. */
export const registerRebuild = Effect.fnUntraced(function* (data: string) {
  const since = yield* Clock.currentTimeMillis
  const entry = yield* registerProcess(data, "rebuild", since)
  yield* entry.report([{ name: "rebuild", state: "rebuilding", since }])
})

const maxReasonLength = 1024

/** Records that a difference is accepted, if there is one. */
const recordAcceptance = Effect.fnUntraced(function* (
  first: Verification,
  last: Verification,
  generation: number,
  reason: string,
) {
  const differing = new Map(
    [...disagreements(last), ...disagreements(first)].map((table) => [table.table, table]),
  )
  if (differing.size === 0) return
  const acceptedAt = yield* now
  const type = "readmodel.difference.accepted" as const
  const event: NewEvent = {
    type,
    id: factEventId(type, String(generation), last.position, acceptedAt),
    data: {
      acceptedAt,
      acceptedBy: boundedText(`${userInfo().username}@${hostname()}`, 256),
      reason: boundedText(reason, maxReasonLength),
      generation,
      position: last.position,
      tables: [...differing.values()].map(({ table, live, rebuilt, differing }) => ({
        table,
        liveRows: live.rows,
        rebuiltRows: rebuilt.rows,
        differingRows: differing,
      })),
    },
    metadata: { schemaVersion },
  }
  yield* appendFact("readmodel-rebuilds", () => Effect.succeed(event))
})
