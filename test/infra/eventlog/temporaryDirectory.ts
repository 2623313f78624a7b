import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"

/** An empty directory, gone when the scope ends. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "credtrail-eventlog-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true })),
)
