import { expect, test } from "vitest"
import { decisionFaults } from "../../../scripts/decisions/decisionFaults.ts"

const record = ({ title = "# 0001. Ids", head = "2031-01-02 · accepted", rejected = "Rejected" }) =>
  `${title}\n\n${head}\n\n## Context\n\n## Decision\n\n## ${rejected}\n`
const first = "0001-ids.md"
const second = "0002-clocks.md"
const listed = "- [0001. Ids](decisions/0001-ids.md)\n"
const faults = (records: Readonly<Record<string, string>>, index = listed) =>
  decisionFaults(new Map(Object.entries(records)), index)

test("nothing is wrong with records that are numbered, dated and listed", () => {
  const next = record({
    title: "# 0002. Clocks",
    head: "2031-01-02 · superseded by [0001](0001-ids.md)",
  })
  const index = `${listed}- [0002. Clocks](decisions/0002-clocks.md)\n`
  expect(faults({ [second]: next, [first]: record({}) }, index)).toEqual([])
})

test.each([
  ["a name without a number", { "ids.md": record({}) }, "the name is not NNNN-sentence.md"],
  ["a name in capitals", { "0001-Ids.md": record({}) }, "the name is not NNNN-sentence.md"],
  ["a hole", { "0002-ids.md": record({}) }, "the next number is 0001"],
  ["another number in the title", { [first]: record({ title: "# 0007. Ids" }) }, "the title is"],
  ["no date", { [first]: record({ head: "accepted" }) }, "the third line is not"],
  ["another status", { [first]: record({ head: "2031-01-02 · maybe" }) }, "the third line is not"],
  ["nothing rejected", { [first]: record({ rejected: "See also" }) }, 'no section "Rejected"'],
])("tells of %s", (_, records: Readonly<Record<string, string>>, fault) => {
  expect(faults(records).join("\n")).toContain(fault)
})

test("tells of two records with one number", () => {
  const found = faults({ "0001-a.md": record({}), "0001-b.md": record({}) })
  expect(found).toContain("0001-b.md: the next number is 0002")
})

test("tells of a record that is dated before the one before it", () => {
  const next = record({ title: "# 0002. Clocks", head: "2030-12-31 · accepted" })
  expect(faults({ [first]: record({}), [second]: next })).toContain(
    "0002-clocks.md: is dated before the record before it",
  )
})

test("tells of a list that lacks one, names it otherwise, or names one too many", () => {
  expect(faults({ [first]: record({}) }, "")).toEqual([
    "0001-ids.md: docs/README.md does not list it by its title",
  ])
  expect(faults({ [first]: record({}) }, listed.replace("Ids", "Numbers"))).toHaveLength(1)
  expect(faults({ [first]: record({}) }, `${listed}- [x](decisions/0009-x.md)\n`)).toEqual([
    "0009-x.md: listed, but not there",
  ])
})

test("tells of a list that is out of order", () => {
  const next = record({ title: "# 0002. Clocks" })
  const index = `- [0002. Clocks](decisions/0002-clocks.md)\n${listed}`
  expect(faults({ [first]: record({}), [second]: next }, index)).toEqual([
    "docs/README.md: not in order of number",
  ])
})
