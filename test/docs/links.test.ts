import { existsSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { describe, expect, it } from "vitest"
import { pages, readPage, root } from "./pages.ts"

interface Link {
  readonly file: string
  readonly anchor: string | undefined
}

const withoutCode = (text: string): string =>
  text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "`code`")

const linksOf = (path: string, text: string): ReadonlyArray<Link> =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = "", anchor] = target.split("#")
    return [{ file: file === "" ? path : join(dirname(path), file), anchor }]
  })

/** The anchors of a page, as code hosts make them of headings. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  )

describe("the links of the documentation", () => {
  it.each(pages)("of $path lead to files and headings that are there", ({ path, text }) => {
    for (const { file, anchor } of linksOf(path, text)) {
      expect(existsSync(join(root, file)), `${path} links to ${file}`).toBe(true)
      if (anchor === undefined) continue
      expect([...anchorsOf(readPage(file).text)], `${path} links to ${file}#${anchor}`).toContain(
        anchor,
      )
    }
  })

  it("reach every page from the index, or from the README", () => {
    const reached = ["README.md", "docs/README.md"].flatMap((path) =>
      linksOf(path, readPage(path).text).map(({ file }) => relative("", file)),
    )
    for (const { path } of pages.filter(({ path }) => path.startsWith("docs/"))) {
      expect(reached).toContain(path)
    }
  })

  it("are read from a page with their anchors, and not out of code", () => {
    const links = linksOf("docs/a.md", "[b](b.md#c) `[d](d.md)` [e](https://example.org) [f](#g)")
    expect(links).toEqual([
      { file: "docs/b.md", anchor: "c" },
      { file: "docs/a.md", anchor: "g" },
    ])
  })
})
