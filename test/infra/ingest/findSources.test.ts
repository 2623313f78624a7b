import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { type FindOptions, findSources } from "../../../src/infra/ingest/findSources.ts"
import { archiveOf, NotALog, passedOver } from "../../../src/infra/ingest/NotALog.ts"
import { sourcePaths } from "../../../src/infra/ingest/sourcePaths.ts"
import { cowrie } from "../../../src/infra/sources/cowrie/cowrie.ts"
import { cowrieLog, heraldingHeader, heraldingLog, sshHoneypotLine } from "./honeypotLogs.ts"
import { temporaryDirectory } from "./workplace.ts"

type Contents = Readonly<Record<string, string | Buffer>>

const find = (contents: Contents, options: Partial<FindOptions> = {}) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const directory = yield* temporaryDirectory
        for (const [name, content] of Object.entries(contents)) {
          mkdirSync(dirname(join(directory, name)), { recursive: true })
          writeFileSync(join(directory, name), content)
        }
        const { files } = yield* sourcePaths([directory], "nowhere")
        const found = yield* findSources(files, { format: undefined, decky: undefined, ...options })
        const short = ({ path }: { readonly path: string }) => path.slice(directory.length + 1)
        return {
          sources: found.sources.map(({ name, files: its, decky, fallbackDecky }) => ({
            name,
            files: its.map(short),
            compression: its.map(({ compression }) => compression),
            decky,
            fallbackDecky,
          })),
          unknown: found.unknown.map(short),
          empty: found.empty.map(short),
          unreadable: found.unreadable.map(short),
        }
      }),
    ),
  )

describe("findSources", () => {
  it("sorts the files of a directory by format and host, and says which are no logs", async () => {
    const found = await find({
      "trap-01/cowrie.json": cowrieLog(0, 3),
      "trap-01/auth.csv": heraldingLog(0, 3),
      "trap-02/cowrie.json": cowrieLog(3, 6),
      "trap-02/README": "nothing that is known\n",
      "trap-02/empty.json": "",
    })
    expect(found.sources.map(({ name, files }) => [name, files])).toEqual([
      ["heralding-auth.trap-01", ["trap-01/auth.csv"]],
      ["cowrie.trap-01", ["trap-01/cowrie.json"]],
      ["cowrie.trap-02", ["trap-02/cowrie.json"]],
    ])
    expect(found.unknown).toEqual(["trap-02/README"])
    expect(found.empty).toEqual(["trap-02/empty.json"])
  })

  it("takes the files of a source in the order of the first time in them, compressed or not", async () => {
    const { sources } = await find({
      "trap/cowrie.json": cowrieLog(20, 30),
      "trap/cowrie.json.1": cowrieLog(10, 20),
      "trap/cowrie.json.2.gz": gzipSync(cowrieLog(0, 10)),
    })
    expect(sources).toEqual([
      {
        name: "cowrie.trap",
        files: ["trap/cowrie.json.2.gz", "trap/cowrie.json.1", "trap/cowrie.json"],
        compression: ["gzip", undefined, undefined],
        decky: undefined,
        fallbackDecky: "trap",
      },
    ])
  })

  it("names hosts by a template, and never takes two for one because of odd characters", async () => {
    const logs = { "web 1/a.log": cowrieLog(0, 2), "web_1/a.log": cowrieLog(2, 4) }
    for (const options of [{ decky: "{dir}" }, {}]) {
      const { sources } = await find(logs, options)
      expect(sources.map(({ decky, fallbackDecky }) => decky ?? fallbackDecky)).toEqual([
        "web 1",
        "web_1",
      ])
      expect(new Set(sources.map(({ name }) => name)).size).toBe(2)
    }
    const one = await find(logs, { decky: "edge" })
    expect(one.sources.map(({ name, files }) => [name, files])).toEqual([
      ["cowrie.edge", ["web 1/a.log", "web_1/a.log"]],
    ])
  })

  it("recognises a file with a byte order mark, Windows line ends, one line, or a CSV header alone", async () => {
    const found = await find({
      "a/bom.json": `\ufeff${cowrieLog(0, 1)}`,
      "a/windows.json": cowrieLog(1, 3).replaceAll("\n", "\r\n"),
      "a/half.json": cowrieLog(3, 4).trimEnd(),
      "a/header.csv": heraldingHeader,
      "a/ssh.log": sshHoneypotLine(1),
    })
    expect(found.unknown).toEqual([])
    expect(found.sources.map(({ name }) => name)).toEqual([
      "cowrie.a",
      "heralding-auth.a",
      "ssh-honeypot.a",
    ])
  })

  it("reads in the format that is forced, whatever is in the file, but for nothing", async () => {
    const found = await find(
      { "a/x": "gibberish\n", "a/y.gz": gzipSync("more\n"), "a/z": "", "a/z.gz": gzipSync("") },
      { format: cowrie },
    )
    expect(found.sources.map(({ files }) => files)).toEqual([["a/x", "a/y.gz"]])
    expect(found.empty).toEqual(["a/z", "a/z.gz"])
  })

  it("recognises a gzip file that was cut by what can be read of it", async () => {
    const whole = gzipSync(cowrieLog(0, 2000))
    const found = await find({
      "a/cut.gz": whole.subarray(0, whole.length / 2),
      "a/cut at once.gz": whole.subarray(0, 12),
    })
    expect(found.sources.map(({ files }) => files)).toEqual([["a/cut.gz"]])
    expect(found.unknown).toEqual(["a/cut at once.gz"])
  })

  it("does not look for a format in more than the beginning of a file", async () => {
    const found = await find({ "a/late.log": `${"noise\n".repeat(60)}${cowrieLog(0, 100)}` })
    expect(found.unknown).toEqual(["a/late.log"])
  })
})

describe("findSources, when a file has gone meanwhile", () => {
  const gone = (named: boolean) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const directory = yield* temporaryDirectory
          for (const name of ["a.json", "b.json"]) {
            writeFileSync(join(directory, name), cowrieLog(0, 2))
          }
          const { files } = yield* sourcePaths([directory], "nowhere")
          rmSync(join(directory, "a.json"))
          return yield* findSources(
            files.map((file) => ({ ...file, named })),
            { format: undefined, decky: undefined },
          )
        }),
      ),
    )

  it("passes over it if it was found in a directory, and reads the others", async () => {
    const found = await gone(false)
    expect(found.sources.map(({ files }) => files.length)).toEqual([1])
    expect(found.unreadable).toEqual([])
  })

  it("says so if it was named, and reads the others", async () => {
    const found = await gone(true)
    expect(found.sources.map(({ files }) => files.length)).toEqual([1])
    expect(found.unreadable).toMatchObject([{ missing: true }])
  })
})

describe("what is said of files that are no logs", () => {
  it("is one line for all that were passed over, with an example", () => {
    const files = ["/a/notes.txt", "/a/more.txt", "/a/logs.zip"].map(
      (path) => new NotALog({ path }),
    )
    expect(passedOver(files)).toEqual([
      "skipped 3 files, for example /a/notes.txt: unrecognised log format; force one with --format",
    ])
    expect(passedOver(files.slice(0, 1))).toEqual([files[0]?.message])
    expect(passedOver([])).toEqual([])
  })

  it("names an archive, which is to be unpacked", () => {
    const tar = Buffer.alloc(512)
    tar.write("ustar", 257)
    for (const [archive, head] of [
      ["zip", Buffer.from("PK\x03\x04rest")],
      ["tar", tar],
      ["7z", Buffer.from("7z\xbc\xaf\x27\x1c", "latin1")],
    ] as const) {
      expect(archiveOf(head)).toBe(archive)
      expect(new NotALog({ path: "/a/x", archive }).message).toMatch(
        archive === "zip" ? /no log is recognised in this zip archive/ : `a ${archive} archive`,
      )
    }
    expect(archiveOf(Buffer.from('{"eventid":"cowrie.login.failed"}'))).toBeUndefined()
  })
})
