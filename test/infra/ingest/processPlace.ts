import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { it } from "vitest"
import { SecretKeys } from "../../../src/infra/secrets/SecretKeys.ts"
import { stores, temporaryDirectory } from "./workplace.ts"

interface Place {
  readonly directory: string
  /** The directory of the data. */
  readonly data: string
  /** A file in the directory of the logs. */
  readonly log: (name?: string) => string
}

const timeLimit = 120_000

/** A test of processes, with a directory for their data and one for logs. */
export const withPlace = (
  title: string,
  body: (place: Place) => Effect.Effect<void, unknown, Scope.Scope>,
  skip = false,
): void => {
  it.skipIf(skip)(
    title,
    () =>
      Effect.runPromise(
        Effect.scoped(
          Effect.flatMap(temporaryDirectory, (directory) => {
            chmodSync(directory, 0o755)
            mkdirSync(join(directory, "trap"))
            const log = (name = "cowrie.json") => join(directory, "trap", name)
            return body({ directory, data: join(directory, "data"), log })
          }),
        ),
      ),
    timeLimit,
  )
}

/** Looks at the data that processes have left. */
export const inData = <A, E, R>(data: string, look: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const keys = yield* SecretKeys.use(({ read }) => read)
    return yield* look.pipe(Effect.provide(stores(data, keys)))
  }).pipe(Effect.provide(SecretKeys.layer({ kind: "file", file: keyFile })))

/** The keys that processes under test are given. */
const keyFile = process.env.CREDTRAIL_KEY_FILE ?? ""

/** The number of captures in the log, whoever is writing it. */
const capturesIn = (data: string): number => {
  const file = join(data, "log.sqlite")
  if (!existsSync(file)) return 0
  const database = new Sqlite(file, { readonly: true })
  try {
    const counted = database
      .prepare<[], number>(
        `SELECT count(*) FROM events JOIN types USING (type_id)
          WHERE types.name = 'credential.captured'`,
      )
      .pluck()
    return counted.get() ?? 0
  } catch {
    return 0 // it is being made
  } finally {
    database.close()
  }
}

export const until = (isThere: () => boolean): Effect.Effect<void> =>
  Effect.sync(isThere).pipe(
    Effect.delay("10 millis"),
    Effect.repeat({ until: (there) => there }),
    Effect.asVoid,
  )

/** Waits until the log has so many captures, or more; answers how many. */
export const untilCaptured = (data: string, count: number): Effect.Effect<number> =>
  Effect.sync(() => capturesIn(data)).pipe(
    Effect.delay("10 millis"),
    Effect.repeat({ until: (found) => found >= count }),
  )

/** What `credtrail ingest --json` says. */
export const summary = (output: string): Record<string, unknown> => JSON.parse(output)

/** Whether this process may mount file systems. */
export const mayMount = (): boolean => {
  const probe = mkdtempSync(join(tmpdir(), "credtrail-mount-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", probe], { stdio: "ignore" })
    execFileSync("umount", [probe])
    return true
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}

/** A disk of that size, gone when the scope ends. */
export const smallDisk = (at: string, size: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      mkdirSync(at)
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", at])
      return at
    }),
    () => Effect.sync(() => execFileSync("umount", [at])),
  )
