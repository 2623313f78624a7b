import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { comparable, examplesOf, isAsShown } from "./examples.ts"
import { type Page, pages } from "./pages.ts"
import { printedBy } from "./shell.ts"

// Many processes, on a machine that may have a lot to do.
const patience = 300_000

const directory = mkdtempSync(join(tmpdir(), "credtrail-docs-"))
const demo = join(directory, "demo")

// What `npm run demo` leaves, with one thing settled that it leaves open: in which order the hosts
// are read that the findings shown are about.
beforeAll(async () => {
  for (const part of ["edge-berlin-01", "depot-gdansk-04", ""]) {
    await printedBy(`credtrail ingest sample/fleet/${part} --decky '{dir}'`, demo)
  }
}, patience)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The tutorial begins with nothing, all other pages with what the demo leaves. */
const beginsWithNothing = (page: Page): boolean =>
  examplesOf(page)
    .find(({ command }) => command.startsWith("credtrail "))
    ?.command.startsWith("credtrail ingest sample/") === true

describe("the examples of the documentation", () => {
  const withExamples = pages.filter((page) => examplesOf(page).length > 0)

  it.concurrent.each(withExamples)(
    "of $path print what is shown",
    async (page) => {
      const data = join(directory, page.path)
      if (!beginsWithNothing(page)) {
        cpSync(demo, data, { recursive: true })
        chmodSync(data, 0o700) // as the demo makes it
      }
      for (const { command, shown } of examplesOf(page)) {
        const printed = await printedBy(command, data)
        if (isAsShown(printed, shown)) continue
        expect.fail(
          `$ ${command}\n--- shown\n${comparable(shown)}\n--- printed\n${comparable(printed)}`,
        )
      }
    },
    patience,
  )
})

describe("a comparison of what is shown with what is printed", () => {
  it("minds every word, and not how columns are aligned", () => {
    expect(isAsShown("a     1\nb    22\n", "a   1\nb  22")).toBe(true)
    expect(isAsShown("a     1\nb    23\n", "a   1\nb  22")).toBe(false)
    expect(isAsShown("a  1\n", "a  1\nb  22")).toBe(false)
  })

  it("takes ... for lines that are left out, and for parts of lines", () => {
    expect(isAsShown("first\nsecond\nlast\n", "first\n...\nlast")).toBe(true)
    expect(isAsShown("first  and more\nlast\n", "first  ...\nlast")).toBe(true)
    expect(isAsShown("first\nsecond\nlast\n", "first\n...\nother")).toBe(false)
  })
})
