import { execFileSync } from "node:child_process"
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { type SourcePaths, sourcePaths } from "../../../src/infra/ingest/sourcePaths.ts"
import { temporaryDirectory } from "./workplace.ts"

const inDirectory = (look: (directory: string) => Promise<void>): Promise<void> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(temporaryDirectory, (directory) => Effect.promise(() => look(directory))),
    ),
  )

const put = (directory: string, ...names: ReadonlyArray<string>): void => {
  for (const name of names) {
    mkdirSync(join(directory, name, ".."), { recursive: true })
    writeFileSync(join(directory, name), name)
  }
}

const find = (paths: ReadonlyArray<string>, own = "nowhere"): Promise<SourcePaths> =>
  Effect.runPromise(sourcePaths(paths, own))

const failure = (paths: ReadonlyArray<string>, own = "nowhere") =>
  Effect.runPromise(Effect.flip(sourcePaths(paths, own)))

const names = (directory: string, { files }: SourcePaths): ReadonlyArray<string> =>
  files.map(({ path }) => relative(directory, path))

describe("sourcePaths", () => {
  it("finds everything in a directory and below in a stable order, without hidden files", () =>
    inDirectory(async (directory) => {
      put(directory, "b.log", "a/2.log", "a/1.log", "a/deep/er/x", ".git/config", "a/.swp", "c")
      const wanted = ["a/1.log", "a/2.log", "a/deep/er/x", "b.log", "c"]
      expect(names(directory, await find([directory]))).toEqual(wanted)
      expect(names(directory, await find([`${directory}/`]))).toEqual(wanted)
      expect(names(directory, await find([relative(process.cwd(), directory)]))).toEqual(wanted)
      const [first] = (await find([directory])).files
      expect(first).toMatchObject({ named: false, size: 7 })
    }))

  it("leaves hidden files out also where the directory is named in a roundabout way", () =>
    inDirectory(async (directory) => {
      put(directory, "in/.hidden", "in/.h/file", "in/seen")
      for (const path of ["in/.", "./in", "in/../in//", "in"]) {
        expect(names(directory, await find([`${directory}/${path}`]))).toEqual(["in/seen"])
      }
    }))

  it("takes a hidden file, and a hidden directory, that is named", () =>
    inDirectory(async (directory) => {
      put(directory, ".logs/seen", ".logs/.hidden")
      expect(names(directory, await find([join(directory, ".logs")]))).toEqual([".logs/seen"])
      const { files } = await find([join(directory, ".logs/.hidden")])
      expect(files).toMatchObject([{ path: join(directory, ".logs/.hidden"), named: true }])
    }))

  it("gives a file once, whatever names it has, and as named where it is named", () =>
    inDirectory(async (directory) => {
      put(directory, "m.log")
      linkSync(join(directory, "m.log"), join(directory, "hard.log"))
      symlinkSync("m.log", join(directory, "a-link.log"))
      expect(names(directory, await find([directory]))).toEqual(["hard.log"])
      const path = join(directory, "m.log")
      const both = await find([directory, path, `${directory}/./m.log`])
      expect(both.files).toMatchObject([{ path, named: true }])
    }))

  it("says of a name that is not UTF-8 that it is to be changed, and reads the rest", () =>
    inDirectory(async (directory) => {
      put(directory, "a.log")
      const strange = Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])])
      writeFileSync(strange, "log")
      const found = await find([directory])
      expect(names(directory, found)).toEqual(["a.log"])
      expect(found.unreadable.map(({ message }) => message)).toEqual([
        expect.stringMatching(/caf\ufffd: its name, or .* is not UTF-8: rename it/u),
      ])
      const named = await failure([strange.toString()])
      expect(named.message).toMatch(/is not UTF-8: rename it/)
    }))

  it("follows a link to a file, not one to a directory or to nowhere", () =>
    inDirectory(async (directory) => {
      put(directory, "elsewhere/real.log", "in/x")
      symlinkSync("../elsewhere/real.log", join(directory, "in/link.log"))
      symlinkSync("..", join(directory, "in/loop"))
      symlinkSync("gone", join(directory, "in/dangling"))
      symlinkSync("endless", join(directory, "in/endless"))
      const found = await find([join(directory, "in")])
      expect(names(directory, found)).toEqual(["in/x", "in/link.log"])
      expect(found.unreadable).toMatchObject([{ path: join(directory, "in/endless") }])
    }))

  it("leaves out the directory of our own data, and refuses to read from it", () =>
    inDirectory(async (directory) => {
      put(directory, "logs/a", "logs/data/log.sqlite", "logs/data.old/b")
      const own = join(directory, "logs/data")
      const found = await find([join(directory, "logs")], own)
      expect(names(directory, found)).toEqual(["logs/a", "logs/data.old/b"])
      symlinkSync("logs", join(directory, "alias"))
      expect(names(directory, await find([join(directory, "alias")], own))).toEqual([
        "alias/a",
        "alias/data.old/b",
      ])
      for (const path of [own, join(own, "log.sqlite"), join(directory, "alias/data")]) {
        expect((await failure([path], own)).message).toBe(
          `cannot read ${path}: it is where credtrail keeps its own data`,
        )
      }
    }))

  it("fails for a path that is not there", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "gone")
      expect(await failure([directory, path])).toMatchObject({
        _tag: "SourceUnreadable",
        missing: true,
        message: `cannot read ${path}: there is no such file or directory`,
      })
    }))

  it("fails for a path that is neither a file nor a directory, and passes over such in directories", () =>
    inDirectory(async (directory) => {
      const pipe = join(directory, "pipe")
      execFileSync("mkfifo", [pipe])
      expect((await failure([pipe])).message).toContain("neither a file nor a directory")
      expect((await find([directory])).files).toEqual([])
    }))

  it("leaves standard input to others", async () => {
    expect((await find(["-"])).files).toEqual([])
  })

  it("has another key for a file in another's place", () =>
    inDirectory(async (directory) => {
      put(directory, "one", "two")
      const keys = (await find([directory])).files.map(({ key }) => key)
      expect(new Set(keys).size).toBe(2)
      rmSync(join(directory, "one"))
      expect((await find([directory])).files.map(({ key }) => key)).toEqual(keys.slice(1))
    }))
})
