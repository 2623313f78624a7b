import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import * as Effect from "effect/Effect"

const program = join(import.meta.dirname, "../../../bin/credtrail")
const timeLimit = 60_000

/** A credtrail in a process of its own, with what it has printed so far. */
export interface Running {
  readonly pid: number
  readonly stdin: NodeJS.WritableStream
  readonly output: () => string
  readonly errors: () => string
  readonly signal: (signal: NodeJS.Signals) => void
  /** Waits until it has ended; fails when that takes too long. */
  readonly ended: Effect.Effect<Ended>
}

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Starts credtrail; whatever becomes of it, it is gone with the scope. */
export const startCredtrail = (
  parameters: ReadonlyArray<string>,
  {
    env = {},
    umask,
    ...options
  }: {
    readonly uid?: number
    readonly cwd?: string
    /** The umask that the process is started with; by default this one's. */
    readonly umask?: string
    readonly env?: Readonly<Record<string, string>>
  } = {},
) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const [command, given] =
        umask === undefined
          ? [program, parameters]
          : ["/bin/sh", ["-c", `umask ${umask}; exec "$0" "$@"`, program, ...parameters]]
      const child = spawn(command, given, {
        ...options,
        env: { ...process.env, CREDTRAIL_DATA: undefined, ...env },
        timeout: timeLimit,
        killSignal: "SIGKILL",
      })
      const printed = { output: "", errors: "" }
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed.output += text
      })
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        printed.errors += text
      })
      child.stdin.on("error", () => {}) // it need not read what it is given
      const closed = once(child, "close")
      const running: Running = {
        pid: child.pid ?? 0,
        stdin: child.stdin,
        output: () => printed.output,
        errors: () => printed.errors,
        signal: (signal) => {
          child.kill(signal)
        },
        ended: Effect.promise(async () => {
          await closed
          return { code: child.exitCode, ...printed }
        }),
      }
      return running
    }),
    (running) =>
      Effect.suspend(() => {
        running.signal("SIGKILL")
        return running.ended
      }),
  )

/** Runs credtrail to its end, with this on its standard input. */
export const runCredtrail = (
  parameters: ReadonlyArray<string>,
  options: {
    readonly uid?: number
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string>>
    readonly input?: string | Buffer
  } = {},
): Effect.Effect<Ended> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { input, ...others } = options
      const running = yield* startCredtrail(parameters, others)
      running.stdin.end(input ?? "")
      return yield* running.ended
    }),
  )
