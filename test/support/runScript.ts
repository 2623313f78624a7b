import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import * as Effect from "effect/Effect"

/** Runs a script in a process of its own to its end, which must be a good one; answers its output. */
export const runScript = (
  path: string,
  ...parameters: ReadonlyArray<string>
): Effect.Effect<string> =>
  Effect.promise(async () => {
    const child = spawn(process.execPath, [path, ...parameters], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")])
    if (code !== 0) throw new Error(`${path} ended with ${code}`)
    return output.trim()
  })
