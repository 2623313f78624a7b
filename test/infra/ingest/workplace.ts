import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { it } from "vitest"
import type { Capture } from "../../../src/domain/capture/capture.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { findSources } from "../../../src/infra/ingest/findSources.ts"
import { type IngestProgress, startProgress } from "../../../src/infra/ingest/IngestProgress.ts"
import { IngestStore } from "../../../src/infra/ingest/IngestStore.ts"
import { ingestSettings } from "../../../src/infra/ingest/ingestSettings.ts"
import { ingestSource } from "../../../src/infra/ingest/ingestSource.ts"
import { startSource } from "../../../src/infra/ingest/SourceIngest.ts"
import type { SourceUnreadable } from "../../../src/infra/ingest/SourceUnreadable.ts"
import { sourcePaths } from "../../../src/infra/ingest/sourcePaths.ts"
import type { Keys } from "../../../src/infra/secrets/SecretKeys.ts"
import { type NotOpened, SecretVault } from "../../../src/infra/secrets/SecretVault.ts"
import type { OpenedSecret } from "../../../src/infra/secrets/sealedPayload.ts"
import { testKeys } from "../../support/sealing.ts"

/** An empty directory, gone when the scope ends. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "credtrail-ingest-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true })),
)

type Stores = EventLog | IngestStore | SecretVault

/** A real log and a real store of what was read, in files in this directory. */
export const stores = (data: string, keys: Keys = testKeys) =>
  Layer.mergeAll(
    layerEmbedded({ file: join(data, "log.sqlite") }),
    IngestStore.layer({ file: join(data, "ingest.sqlite"), mode: "read-write" }),
    SecretVault.layer({ file: join(data, "secrets.sqlite"), keys }),
  )

/** A test in a directory of its own, with the data in its directory `data`. */
export const inWorkplace = <E>(
  title: string,
  body: (directory: string) => Effect.Effect<void, E, Stores | Scope.Scope>,
  timeout?: number,
): void => {
  it(
    title,
    () =>
      Effect.runPromise(
        Effect.scoped(
          Effect.flatMap(temporaryDirectory, (directory) =>
            Effect.scoped(body(directory)).pipe(Effect.provide(stores(join(directory, "data")))),
          ),
        ).pipe(Effect.provide(Logger.layer([]))),
      ),
    timeout,
  )
}

export interface Said {
  readonly format?: string
  readonly decky?: string
  readonly timezone?: string
}

export interface Ingested {
  readonly progress: IngestProgress
  readonly unreadable: ReadonlyArray<SourceUnreadable>
}

/** What `credtrail ingest` does with files, without its actors and read models. */
export const ingest = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  said: Said = {},
): Effect.fn.Return<Ingested, unknown, Stores> {
  const settings = yield* ingestSettings({
    format: said.format,
    decky: said.decky,
    timezone: said.timezone ?? "UTC",
  })
  const { files } = yield* sourcePaths(paths, "nowhere")
  const found = yield* findSources(files, { format: settings.adapter, decky: settings.decky })
  const progress = startProgress()
  const unreadable: Array<SourceUnreadable> = [...found.unreadable]
  progress.unknownFiles.push(...found.unknown.map(({ path }) => path))
  for (const source of found.sources) {
    const begun = yield* startSource(source, settings.zone, progress, () => {})
    yield* ingestSource(begun, (error) => unreadable.push(error))
  }
  return { progress, unreadable }
})

/** Every capture in the log, with where it was read. */
export const captured = Effect.gen(function* () {
  const log = yield* EventLog
  const events = yield* log.readAll({
    direction: "forwards",
    limit: 1_000_000,
    types: ["credential.captured"],
  })
  return events.map((event) => ({
    ...(event.data as Capture), // what those events hold
    ...(event.metadata as { readonly source: Place }), // as above
    id: event.id,
    stream: event.stream,
  }))
})

interface Place {
  readonly file: string
  readonly line: number
}

/** The secrets of the captures in the log as text, in its order. */
export const secrets = Effect.gen(function* () {
  const vault = yield* SecretVault
  const captures = yield* captured
  return yield* Effect.forEach(captures, ({ secret }) =>
    secret === null ? Effect.succeed("") : Effect.map(vault.open(secret.digest), textOf),
  )
})

const textOf = (opened: OpenedSecret | NotOpened): string =>
  typeof opened === "string" ? opened : Buffer.from(opened.bytes).toString("utf8")

/** Every rejected line that is kept: file, line, reason and text. */
export const rejects = Effect.gen(function* () {
  const store = yield* IngestStore
  const vault = yield* SecretVault
  const stored = yield* store.rejects(1_000_000, 0)
  return stored.map(({ file, line, reason, bytes }) => ({
    file,
    line,
    reason,
    text: Buffer.from(vault.openLine(bytes)).toString("utf8"),
  }))
})
