import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"

/** Starts one of the scripts beside this file in a process of its own, killed with the scope. */
export const startProcess = (
  script: "appendBatches.ts" | "followLog.ts",
  ...parameters: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const path = join(import.meta.dirname, "processes", script)
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [path, ...parameters], { stdio: ["ignore", "pipe", "inherit"] }),
      ),
      (started) => Effect.sync(() => started.kill("SIGKILL")),
    )
    const exit = once(child, "close")
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    return {
      /** The next line that it prints, or `undefined` when it has ended. */
      nextLine: Effect.promise(() => lines.next()).pipe(
        Effect.map((line): string | undefined => (line.done === true ? undefined : line.value)),
      ),
      /** Ends it in the middle of whatever it does. */
      kill: Effect.promise(async () => {
        child.kill("SIGKILL")
        await exit
      }),
      /** Waits until it has ended by itself; answers its exit code. */
      exitCode: Effect.promise(async () => {
        await exit
        return child.exitCode
      }),
    }
  })
