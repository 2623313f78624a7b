import { hostname, userInfo } from "node:os"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { boundedText } from "../../domain/event/bounded.ts"
import { type NewEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import { tableComparisonsText } from "../cli/render/verificationText.ts"
import { showFolding } from "../cli/showFolding.ts"
import { bindToLog } from "../eventlog/bindToLog.ts"
import { catchUp } from "../readmodel/catchUp.ts"
import { isCurrentOlder } from "../readmodel/rebuild/currentReadModel.ts"
import { rebuild } from "../readmodel/rebuild/rebuild.ts"
import { upgrade } from "../readmodel/rebuild/upgradedReadModel.ts"
import {
  disagreements,
  GenerationsDiffer,
  type Verification,
} from "../readmodel/rebuild/Verification.ts"
import { appendFact } from "./appendFact.ts"
import { now } from "./now.ts"
import { Storage } from "./Storage.ts"
import { UsageError } from "./UsageError.ts"

/**
 * Builds the read models anew, proves them against the live ones, and switches. Where an older version
 * has made the live ones, that they differ is no reason not to.
 */
export const rebuildReadModels = Effect.fn("rebuildReadModels")(function* (input: {
  readonly data: string
  readonly acceptDifference: string | undefined
}) {
  const reason = input.acceptDifference?.trim()
  if (reason === "") {
    return yield* new UsageError({
      message: "--accept-difference needs a reason, which is recorded",
    })
  }
  const storage = yield* Storage
  if (yield* isCurrentOlder(input.data)) {
    // Opened for writing, they would be built anew for that alone, and then a second time.
    return yield* bindToLog(input.data, "read-only").pipe(
      Effect.andThen(showFolding((onProgress) => upgrade(input.data, onProgress))),
      Effect.scoped,
      Effect.provide(storage.openLog(storage.place(input.data), "read-only")),
    )
  }
  const rebuilding = Effect.gen(function* () {
    // Where no service is at work, the live generation may be behind the log.
    yield* catchUp("stop").pipe(
      Effect.catchTag("PoisonEvent", (poison) =>
        Console.error(`warning: the read models stop where they stand: ${poison.message}`),
      ),
    )
    let first: Verification | undefined
    const onCompared = Effect.fnUntraced(function* (
      verification: Verification,
      generation: number,
      last: boolean,
    ) {
      // The first look is at everything, later ones at what was touched since.
      first ??= verification
      const differing = disagreements(verification)
      const tables = differing.map(({ table }) => table)
      if (reason === undefined) {
        if (differing.length === 0) return
        yield* Console.error(tableComparisonsText(verification.tables))
        return yield* new GenerationsDiffer({ tables, position: verification.position })
      }
      if (last) yield* recordAcceptance(first, verification, generation, reason)
    })
    return yield* showFolding((onProgress) =>
      rebuild({ data: input.data, onProgress, onCompared }),
    ).pipe(Effect.map((rebuilt) => ({ ...rebuilt, tables: first?.tables ?? [] })))
  })
  return yield* rebuilding.pipe(Effect.provide(storage.open(input.data, "read-write")))
})

const longestReason = 1024

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
      reason: boundedText(reason, longestReason),
      generation,
      position: last.position,
      tables: [...differing.values()].map(({ table, live, rebuilt }) => ({
        table,
        liveRows: live.rows,
        liveDigest: live.digest,
        rebuiltRows: rebuilt.rows,
        rebuiltDigest: rebuilt.digest,
      })),
    },
    metadata: { schemaVersion },
  }
  yield* appendFact("readmodel-rebuilds", () => Effect.succeed(event))
})
