import { appendFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeDiscover } from "../../../../src/infra/app/service/discoverSources.ts"
import { cowrieLog, heraldingLog } from "../../ingest/honeypotLogs.ts"
import { temporaryDirectory } from "../../ingest/workplace.ts"

const settings = { adapter: undefined, decky: undefined, zone: () => 0 }

interface Place {
  readonly directory: string
  readonly at: (name: string) => string
  /** What one more look shows: the files by source, and the warnings. */
  readonly look: () => Promise<{
    readonly files: ReadonlyArray<string>
    readonly warnings: ReadonlyArray<string>
  }>
  readonly keys: Map<string, string>
  readonly followed: Set<string>
}

const test = (
  title: string,
  body: (place: Place) => Promise<void>,
  paths = (directory: string): ReadonlyArray<string> => [join(directory, "trap")],
): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(temporaryDirectory, (directory) =>
          Effect.promise(() => {
            mkdirSync(join(directory, "trap"))
            const followed = new Set<string>()
            const keys = new Map<string, string>()
            const discover = makeDiscover(
              paths(directory),
              join(directory, "data"),
              settings,
              followed,
            )
            const at = (name: string) => join(directory, "trap", name)
            const look = async () => {
              const { sources, warnings } = await Effect.runPromise(discover)
              const files = sources.flatMap((source) =>
                source.files.map(({ path, key }) => {
                  keys.set(path, key)
                  return `${source.name} ${relative(join(directory, "trap"), path)}`
                }),
              )
              return { files, warnings }
            }
            return body({ directory, at, look, keys, followed })
          }),
        ),
      ),
    ),
  )
}

describe("discovering sources", () => {
  test("gives what is there, then what is new", async ({ at, look }) => {
    expect(await look()).toEqual({ files: [], warnings: [] })
    writeFileSync(at("a.json"), cowrieLog(0, 2))
    writeFileSync(at("a.csv"), heraldingLog(0, 2))
    writeFileSync(at("empty.json"), "")
    expect((await look()).files).toEqual(["heralding-auth.trap a.csv", "cowrie.trap a.json"])
    expect((await look()).files).toEqual([])
    writeFileSync(at("empty.json"), cowrieLog(2, 3))
    expect((await look()).files).toEqual(["cowrie.trap empty.json"])
  })

  test("gives a file again when its size is another, unless it is followed", async (place) => {
    const { at, look, followed, keys } = place
    writeFileSync(at("a.json"), cowrieLog(0, 2))
    await look()
    const key = keys.get(at("a.json")) ?? ""
    followed.add(key)
    appendFileSync(at("a.json"), cowrieLog(2, 4))
    expect((await look()).files).toEqual([])
    followed.delete(key)
    expect((await look()).files).toEqual([])
    appendFileSync(at("a.json"), cowrieLog(4, 5))
    expect((await look()).files).toEqual(["cowrie.trap a.json"])
  })

  test("does not take a renamed file for a new one, nor a new one for a deleted one", async (place) => {
    const { at, look } = place
    writeFileSync(at("a.json"), cowrieLog(0, 2))
    await look()
    renameSync(at("a.json"), at("a.json.1"))
    expect((await look()).files).toEqual([])
    for (let round = 0; round < 5; round++) {
      rmSync(at("a.json.1"), { force: true })
      rmSync(at("b.json"), { force: true })
      expect((await look()).files).toEqual([])
      // The file system may well give it the number of the one that was deleted.
      writeFileSync(at("b.json"), cowrieLog(0, 2))
      utimesSync(at("b.json"), new Date(0), new Date(0))
      expect((await look()).files).toEqual(["cowrie.trap b.json"])
    }
  })

  test("warns once of a file that is no log, and takes it when it has become one", async (place) => {
    const { at, look } = place
    writeFileSync(at("a.json"), '{"event')
    const first = await look()
    expect(first.files).toEqual([])
    expect(first.warnings).toHaveLength(1)
    expect(first.warnings[0]).toContain(`${at("a.json")} is no log`)
    appendFileSync(at("a.json"), "id")
    expect(await look()).toEqual({ files: [], warnings: [] })
    writeFileSync(at("a.json"), cowrieLog(0, 1))
    expect(await look()).toEqual({ files: ["cowrie.trap a.json"], warnings: [] })
  })

  test("leaves a compressed file that appears until it does not grow any more", async (place) => {
    const { at, look } = place
    const whole = gzipSync(cowrieLog(0, 2000))
    writeFileSync(at("first.gz"), whole)
    expect((await look()).files).toEqual(["cowrie.trap first.gz"])
    writeFileSync(at("later.gz"), whole.subarray(0, whole.length / 2))
    expect((await look()).files).toEqual([])
    appendFileSync(at("later.gz"), whole.subarray(whole.length / 2))
    expect((await look()).files).toEqual([])
    expect((await look()).files).toEqual(["cowrie.trap later.gz"])
    expect((await look()).files).toEqual([])
  })

  test(
    "goes on with the others when a path is not there, and says so once each time",
    async ({ directory, at, look }) => {
      writeFileSync(at("a.json"), cowrieLog(0, 1))
      const named = join(directory, "named.json")
      writeFileSync(named, cowrieLog(1, 2))
      expect((await look()).files).toHaveLength(2)
      rmSync(named)
      writeFileSync(at("b.json"), cowrieLog(2, 3))
      const gone = await look()
      expect(gone.files).toEqual(["cowrie.trap b.json"])
      expect(gone.warnings).toEqual([`cannot read ${named}: there is no such file or directory`])
      expect((await look()).warnings).toEqual([])
      writeFileSync(named, cowrieLog(3, 4))
      expect((await look()).files).toHaveLength(1)
      rmSync(named)
      expect((await look()).warnings).toHaveLength(1)
    },
    (directory) => [join(directory, "named.json"), join(directory, "trap")],
  )

  test(
    "does not look into our own data",
    async ({ directory, look }) => {
      mkdirSync(join(directory, "data"))
      writeFileSync(join(directory, "data", "copy.json"), cowrieLog(0, 1))
      expect(await look()).toEqual({ files: [], warnings: [] })
    },
    (directory) => [directory],
  )
})
