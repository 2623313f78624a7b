import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  clues,
  cluesOfFile,
  commonWords,
  finderOf,
  rareWords,
} from "../../support/wordListAttack.ts"
import { startCredtrail } from "../ingest/runCredtrail.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { temporary, writeLines } from "./credtrail.ts"
import { credtrailProcess } from "./credtrailProcess.ts"

const patience = 240_000
const directory = temporary()
const words = [...rareWords, ...commonWords]

const filesIn = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith("keys"))
    .map((name) => join(root, name))
    // A temporary file may be gone again.
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)

describe("a word list that holds every password", () => {
  it(
    "gives away none at work or after a kill: in files, temporary files, output, or the list of processes",
    () =>
      Effect.gen(function* () {
        const log = writeLines(
          join(directory, "logs", "opencanary.log"),
          words.flatMap((password, n) =>
            ["gate-1", "gate-2"].map((decky) => canaryLogin({ decky, password }, n)),
          ),
        )
        const data = join(directory, "data")
        const spare = join(directory, "spare")
        writeLines(join(spare, "first"), [])
        const env = { CREDTRAIL_KEY_FILE: "", TMPDIR: spare, SQLITE_TMPDIR: spare }
        const find = finderOf([...clues, ...cluesOfFile(readFileSync(log))])
        const running = yield* startCredtrail(["run", log, "--data", data], { env })
        const count = async (): Promise<number> => {
          const { code, stdout } = await credtrailProcess(["findings", "--json", "--data", data], {
            env,
          })
          return code === 0 ? JSON.parse(stdout).total : 0
        }
        while ((yield* Effect.promise(count)) < words.length) yield* Effect.sleep(100)
        const gaveAway = () => [
          ...[...filesIn(data), ...filesIn(spare)].flatMap((file) =>
            find(readFileSync(file)).map((name) => `${file}: ${name}`),
          ),
          ...find(Buffer.from(running.output() + running.errors())),
        ]
        expect(filesIn(data).filter((file) => file.endsWith("-wal")).length).toBeGreaterThan(2)
        expect(gaveAway()).toEqual([])
        for (const shown of ["cmdline", "environ"]) {
          expect(find(readFileSync(`/proc/${running.pid}/${shown}`))).toEqual([])
        }
        running.signal("SIGKILL")
        yield* running.ended
        expect(gaveAway()).toEqual([])
      }).pipe(Effect.scoped, Effect.runPromise),
    patience,
  )
})
