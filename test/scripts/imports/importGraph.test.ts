import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { importsOf, readImportGraph } from "../../../scripts/imports/importGraph.ts"

const targets = (text: string) => importsOf("src/a/x.ts", text).map(({ target }) => target)

test("counts every way to import, types included", () => {
  expect(
    targets(`
      import "./effects.ts"
      import { a } from "./value.ts"
      import type { B } from "./type.ts"
      import { type C } from "./inlineType.ts"
      import * as D from "./namespace.ts"
      import json from "./data.json" with { type: "json" }
      export { e } from "./named.ts"
      export type { F } from "./exportedType.ts"
      export * from "./all.ts"
      const load = async () => (await import("./lazy.ts")).g
      type H = import("./typeQuery.ts").H
    `),
  ).toEqual(
    [
      "effects.ts",
      "value.ts",
      "type.ts",
      "inlineType.ts",
      "namespace.ts",
      "data.json",
      "named.ts",
      "exportedType.ts",
      "all.ts",
      "lazy.ts",
      "typeQuery.ts",
    ].map((file) => `src/a/${file}`),
  )
})

test("counts nothing that only looks like an import", () => {
  expect(
    targets(`
      // import { a } from "./comment.ts"
      /* export * from "./block.ts" */
      const text = 'import { a } from "./string.ts"'
      const template = \`import("./template.ts")\`
      export const b = 1
      export { b as c }
    `),
  ).toEqual([])
})

test("names files by their path from the root, and packages as written, with the line", () => {
  expect(
    importsOf(
      "src/a/x.ts",
      'import { b } from "../b/y.ts"\n\nimport * as S from "effect/Schema"\n',
    ),
  ).toEqual([
    { target: "src/b/y.ts", isPackage: false, line: 1 },
    { target: "effect/Schema", isPackage: true, line: 3 },
  ])
})

test("reads all TypeScript below the directories it is given", () => {
  const root = mkdtempSync(join(tmpdir(), "credtrail-imports-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const tree = {
    "src/main.ts": 'import "./domain/a.ts"',
    "src/domain/a.ts": "export const a = 1",
    "src/domain/notes.md": 'import "./a.ts"',
    "test/a.test.ts": 'import "../src/domain/a.ts"',
    "other/b.ts": 'import "../src/main.ts"',
  }
  for (const [file, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  const graph = readImportGraph(root, ["src", "test"])
  expect([...graph].map(([file, imports]) => [file, imports.map(({ target }) => target)])).toEqual([
    ["src/domain/a.ts", []],
    ["src/main.ts", ["src/domain/a.ts"]],
    ["test/a.test.ts", ["src/domain/a.ts"]],
  ])
})
