import { expect, test } from "vitest"
import { diagram } from "../../../scripts/imports/diagram.ts"
import { madeGraph } from "./madeGraph.ts"

test("draws rooms from the top, and leaves out arrows that follow from others", () => {
  const graph = madeGraph({
    "src/main.ts": 'import "./infra/cli/a.ts"; import "./infra/app/b.ts"',
    "src/infra/cli/a.ts": 'import "../app/b.ts"; import "../../domain/c.ts"',
    "src/infra/app/b.ts": 'import type { C } from "../../domain/c.ts"; import "./more.ts"',
    "src/infra/app/more.ts": 'import "effect/Effect"',
    "src/domain/c.ts": "",
  })
  expect(diagram(graph)).toBe(
    [
      "flowchart TD",
      '  main["main.ts"]',
      '  domain["domain"]',
      "  subgraph infra",
      '    cli["cli"]',
      '    app["app"]',
      "  end",
      "  main --> cli",
      "  cli --> app",
      "  app --> domain",
      "",
    ].join("\n"),
  )
})

test("draws every room that is imported along two ways", () => {
  const graph = madeGraph({
    "src/infra/app/a.ts": 'import "../readmodel/b.ts"; import "../ingest/c.ts"',
    "src/infra/readmodel/b.ts": 'import "../eventlog/d.ts"',
    "src/infra/ingest/c.ts": 'import "../eventlog/d.ts"',
    "src/infra/eventlog/d.ts": "",
  })
  const arrows = diagram(graph).match(/\w+ --> \w+/g)
  expect(arrows).toEqual([
    "app --> ingest",
    "app --> readmodel",
    "readmodel --> eventlog",
    "ingest --> eventlog",
  ])
})
