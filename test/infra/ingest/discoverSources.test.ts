import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { join, relative } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  type Discovered,
  type FedSource,
  makeDiscovery,
} from "../../../src/infra/ingest/discoverSources.ts"
import { cowrieLog, heraldingLog } from "./honeypotLogs.ts"
import { temporaryDirectory } from "./workplace.ts"

const settings = { adapter: undefined, decky: undefined, zone: () => 0 }

interface News {
  /** The files that sources were told of. */
  readonly files: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

interface Place {
  readonly directory: string
  readonly at: (name: string) => string
  /** What one more look shows. */
  readonly look: () => Promise<News>
  /** What the system tells, up to the first of what is waited for. */
  readonly told: (isThere: (news: News & { readonly gone: number }) => boolean) => Promise<News>
}

const test = (
  title: string,
  body: (place: Place) => Promise<void>,
  paths = (directory: string): ReadonlyArray<string> => [join(directory, "trap")],
): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const directory = yield* temporaryDirectory
          mkdirSync(join(directory, "trap"))
          const own = join(directory, "data")
          const discovery = yield* makeDiscovery(paths(directory), own, settings)
          const sources: Array<FedSource> = []
          const news = (found: Discovered) => {
            sources.push(...found.sources)
            const taken = sources.map(({ source, feed }) => ({ source, ...feed.take() }))
            const files = taken.flatMap(({ source, changed }) =>
              changed.map(
                ({ path }) => `${source.name} ${relative(join(directory, "trap"), path)}`,
              ),
            )
            const gone = taken.flatMap((one) => one.gone).length
            return { files, warnings: found.warnings, gone }
          }
          const told: Place["told"] = async (isThere) => {
            for (;;) {
              const found = news(await Effect.runPromise(discovery.next))
              if (isThere(found)) return found
            }
          }
          const look = async () => {
            const { files, warnings } = news(await Effect.runPromise(discovery.look))
            return { files, warnings }
          }
          const at = (name: string) => join(directory, "trap", name)
          yield* Effect.promise(() => body({ directory, at, look, told }))
        }),
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

  test("tells of a file again when it has changed", async ({ at, look }) => {
    writeFileSync(at("a.json"), cowrieLog(0, 2))
    await look()
    appendFileSync(at("a.json"), cowrieLog(2, 4))
    expect((await look()).files).toEqual(["cowrie.trap a.json"])
    expect((await look()).files).toEqual([])
    truncateSync(at("a.json"))
    expect((await look()).files).toEqual(["cowrie.trap a.json"])
  })

  test("does not take a renamed file for a new one, nor a new one for a deleted one", async (place) => {
    const { at, look } = place
    writeFileSync(at("a.json"), cowrieLog(0, 2))
    await look()
    renameSync(at("a.json"), at("a.json.1"))
    expect((await look()).files).toEqual(["cowrie.trap a.json.1"])
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
    expect(first.warnings[0]).toContain(`${at("a.json")}: unrecognised log format`)
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

  describe("by what the system tells", () => {
    const shows =
      (...names: ReadonlyArray<string>) =>
      ({ files }: News) =>
        names.every((name) => files.includes(`cowrie.trap ${name}`))

    test("hears of files that appear, grow and are emptied", async ({ at, look, told }) => {
      await look()
      writeFileSync(at("a.json"), cowrieLog(0, 2))
      await told(shows("a.json"))
      appendFileSync(at("a.json"), cowrieLog(2, 4))
      await told(shows("a.json"))
      truncateSync(at("a.json"))
      await told(shows("a.json"))
    })

    test("hears of files that are renamed and deleted", async ({ at, look, told }) => {
      writeFileSync(at("a.json"), cowrieLog(0, 2))
      await look()
      renameSync(at("a.json"), at("a.json.1"))
      await told(shows("a.json.1"))
      rmSync(at("a.json.1"))
      await told(({ gone }) => gone === 1)
    })

    test("hears of directories that appear, and of what is in them", async ({ at, look, told }) => {
      await look()
      mkdirSync(at("new/deep"), { recursive: true })
      writeFileSync(at("new/deep/a.json"), cowrieLog(0, 2))
      const isTold = ({ files }: News) => files.includes("cowrie.deep new/deep/a.json")
      await told(isTold)
      appendFileSync(at("new/deep/a.json"), cowrieLog(2, 4))
      await told(isTold)
    })

    test("takes a compressed file when it is written no more", async ({ at, look, told }) => {
      await look()
      const whole = gzipSync(cowrieLog(0, 2000))
      writeFileSync(at("a.gz"), whole.subarray(0, whole.length / 2))
      appendFileSync(at("a.gz"), whole.subarray(whole.length / 2))
      await told(shows("a.gz"))
    })

    test(
      "hears of a file that was named, or is linked to, wherever it is",
      async ({ directory, at, look, told }) => {
        const [named, linked] = [join(directory, "named.json"), join(directory, "else/where.json")]
        mkdirSync(join(directory, "else"))
        for (const file of [named, linked]) writeFileSync(file, cowrieLog(0, 2))
        symlinkSync(linked, at("link.json"))
        expect((await look()).files).toHaveLength(2)
        writeFileSync(join(directory, "other.json"), cowrieLog(2, 3))
        appendFileSync(named, cowrieLog(2, 3))
        await told(({ files }) => files.some((file) => file.endsWith("../named.json")))
        appendFileSync(linked, cowrieLog(3, 4))
        await told(shows("link.json"))
        rmSync(named)
        await told(({ gone }) => gone === 1)
        writeFileSync(named, cowrieLog(4, 5))
        await told(({ files }) => files.some((file) => file.endsWith("../named.json")))
        expect((await look()).files).toEqual([])
      },
      (directory) => [join(directory, "named.json"), join(directory, "trap")],
    )
  })
})
