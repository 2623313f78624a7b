import { spawn } from "node:child_process"
import { once } from "node:events"
import * as Effect from "effect/Effect"

/** A script in a process of its own. */
export interface Script {
  /** The lines that it has printed so far. */
  readonly printed: ReadonlyArray<string>
  /** Waits until what it has printed is as wanted. */
  readonly until: (wanted: (printed: ReadonlyArray<string>) => boolean) => Effect.Effect<void>
}

/** Starts a script; it is killed with the scope. */
export const startScript = (path: string, ...parameters: ReadonlyArray<string>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [path, ...parameters], { stdio: ["ignore", "pipe", "inherit"] }),
      ),
      (child) =>
        Effect.promise(async () => {
          const closed = once(child, "close")
          if (child.exitCode === null && child.kill("SIGKILL")) await closed
        }),
    ),
    (child): Script => {
      const printed: Array<string> = []
      let open = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const lines = (open + text).split("\n")
        open = lines.pop() ?? ""
        printed.push(...lines)
      })
      return {
        printed,
        until: (wanted) =>
          Effect.promise(async () => {
            while (!wanted(printed)) {
              if (child.exitCode !== null) throw new Error(`${path} ended with ${child.exitCode}`)
              await Promise.race([once(child.stdout, "data"), once(child, "close")])
            }
          }),
      }
    },
  )
