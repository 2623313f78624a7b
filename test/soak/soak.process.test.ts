import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { runScript } from "../support/runScript.ts"

it(
  "a service on EventStoreDB neither leaks, grows nor stalls while something goes wrong each second",
  () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const output = yield* runScript(join(import.meta.dirname, "soak.ts"), "--seconds", "20")
        expect(JSON.parse(output)).toMatchObject({ mishaps: 20, problems: [] })
      }),
    ),
  180_000,
)
