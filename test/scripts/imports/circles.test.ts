import { expect, test } from "vitest"
import { circles } from "../../../scripts/imports/circles.ts"
import { madeGraph } from "./madeGraph.ts"

test("finds none where imports go one way", () => {
  const graph = madeGraph({
    "a.ts": 'import "./b.ts"; import "./c.ts"',
    "b.ts": 'import "./d.ts"',
    "c.ts": 'import "./d.ts"; import "effect/Effect"',
    "d.ts": "",
  })
  expect(circles(graph)).toEqual([])
})

test("finds a circle that types alone close", () => {
  const graph = madeGraph({
    "a.ts": 'import { b } from "./b.ts"',
    "b.ts": 'import type { A } from "./a.ts"',
  })
  expect(circles(graph)).toEqual([["a.ts", "b.ts", "a.ts"]])
})

test("finds a circle that is closed while running", () => {
  const graph = madeGraph({
    "a.ts": 'export * from "./b.ts"',
    "b.ts": 'export const later = () => import("./a.ts")',
  })
  expect(circles(graph)).toHaveLength(1)
})

test("finds a file that imports itself", () => {
  expect(circles(madeGraph({ "a.ts": 'import "./a.ts"' }))).toEqual([["a.ts", "a.ts"]])
})

test("counts files that all reach each other once, by their shortest circle", () => {
  const graph = madeGraph({
    "a.ts": 'import "./b.ts"',
    "b.ts": 'import "./c.ts"',
    "c.ts": 'import "./a.ts"; import "./d.ts"',
    "d.ts": 'import "./c.ts"',
  })
  expect(circles(graph)).toEqual([["c.ts", "d.ts", "c.ts"]])
})

test("finds every circle, also those reached from one another", () => {
  const graph = madeGraph({
    "a.ts": 'import "./b.ts"',
    "b.ts": 'import "./a.ts"; import "./x.ts"',
    "x.ts": 'import "./y.ts"; import "./z.ts"',
    "y.ts": 'import "./x.ts"',
    "z.ts": "",
  })
  expect(circles(graph)).toHaveLength(2)
})
