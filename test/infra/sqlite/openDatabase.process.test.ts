import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { runScript } from "../../support/runScript.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"

const script = join(import.meta.dirname, "processes/openTogether.ts")

describe("opening a database", () => {
  it("lets several processes open a new one in the same moment", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const refused = yield* Effect.forEach(
        ["0", "1", "2"],
        (own) => runScript(script, directory, own, "3", "300"),
        { concurrency: "unbounded" },
      )
      expect(refused).toEqual(["0", "0", "0"])
    }).pipe(Effect.scoped, Effect.runPromise))
})
