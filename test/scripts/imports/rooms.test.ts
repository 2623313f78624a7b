import { expect, test } from "vitest"
import { wrongImports } from "../../../scripts/imports/rooms.ts"
import { madeGraph } from "./madeGraph.ts"

const wrong = (file: string, text: string) => wrongImports(madeGraph({ [file]: text }))

test.each([
  ["src/domain/a.ts", "../projections/b.ts", "domain does not import projections"],
  ["src/projections/a.ts", "../actors/b.ts", "projections does not import actors"],
  ["src/actors/a.ts", "../infra/sqlite/b.ts", "actors does not import infra/sqlite"],
  ["src/infra/eventlog/a.ts", "../app/b.ts", "infra/eventlog does not import infra/app"],
  ["src/infra/app/a.ts", "../cli/b.ts", "infra/app does not import infra/cli"],
  ["src/infra/app/deep/a.ts", "../../http/b.ts", "infra/app does not import infra/http"],
  ["src/infra/cli/a.ts", "../../main.ts", "infra/cli does not import main.ts"],
])("%s may not import %s from a floor above", (file, target, reason) => {
  expect(wrong(file, `import type { B } from "${target}"`)).toEqual([`${file}:1: ${reason}`])
})

test("rooms on one floor do not import each other", () => {
  expect(wrong("src/infra/eventlog/a.ts", 'import "../vectorstore/b.ts"')).toEqual([
    "src/infra/eventlog/a.ts:1: infra/eventlog does not import infra/vectorstore",
  ])
  expect(wrong("src/infra/cli/a.ts", 'import "../http/b.ts"')).toHaveLength(1)
})

test("imports go down, and stay in their room", () => {
  expect(
    wrongImports(
      madeGraph({
        "src/main.ts": 'import "./infra/cli/a.ts"; import "./infra/eventlog/b.ts"',
        "src/infra/cli/a.ts": 'import "../app/b.ts"; import "../../domain/event/c.ts"',
        "src/infra/app/b.ts": 'import "../readmodel/d.ts"; import "../../projections/e.ts"',
        "src/domain/event/c.ts": 'import "../secret/f.ts"',
      }),
    ),
  ).toEqual([])
})

test.each([
  ["src/domain/a.ts", "effect/Effect"],
  ["src/domain/a.ts", "node:fs"],
  ["src/projections/a.ts", "xstate"],
  ["src/actors/a.ts", "better-sqlite3"],
  ["src/infra/cli/a.ts", "better-sqlite3"],
  ["src/infra/app/a.ts", "effect"],
  ["src/infra/app/a.ts", "@effect/platform-node"],
])("%s may not import the package %s", (file, name) => {
  expect(wrong(file, `\nimport type { X } from "${name}"`)).toHaveLength(1)
})

test.each([
  ["src/domain/a.ts", "effect/Schema"],
  ["src/infra/eventlog/embedded/a.ts", "better-sqlite3"],
  ["src/infra/app/a.ts", "node:fs/promises"],
  ["src/main.ts", "@effect/platform-node/NodeRuntime"],
])("%s may import the package %s", (file, name) => {
  expect(wrong(file, `import "${name}"`)).toEqual([])
})

test("nothing is imported from outside of src but the version", () => {
  expect(wrong("src/infra/app/a.ts", 'import "../../../sample/b.ts"')).toHaveLength(1)
  expect(wrong("src/infra/app/a.ts", 'import "../../../package.json"')).toHaveLength(1)
  expect(wrong("src/version.ts", 'import "../package.json"')).toEqual([])
})

test("a file of src belongs to a room", () => {
  expect(wrong("src/infra/helpers/a.ts", "")).toEqual([
    "src/infra/helpers/a.ts: is in no room of scripts/imports/rooms.ts",
  ])
  expect(wrong("src/stray.ts", "")).toHaveLength(1)
})

test("tests, benchmarks and scripts import what they like", () => {
  expect(wrong("test/a.test.ts", 'import "../src/main.ts"; import "effect"')).toEqual([])
})
