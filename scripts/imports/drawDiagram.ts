// npm run diagram: draws the rooms into docs/explanation/architecture.md as they import each other.
// With --check it changes nothing, and fails where the page shows something else.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { diagram } from "./diagram.ts"
import { readImportGraph } from "./importGraph.ts"

const root = join(import.meta.dirname, "../..")
const page = "docs/explanation/architecture.md"
const drawn = /(?<=<!-- drawn by npm run diagram -->\n\n```mermaid\n)[^`]*(?=```)/
const text = readFileSync(join(root, page), "utf8")
if (!drawn.test(text)) throw new Error(`${page} has no place for the diagram`)
const now = text.replace(drawn, () => diagram(readImportGraph(root, ["src"])))

if (!process.argv.includes("--check")) writeFileSync(join(root, page), now)
else if (now !== text) {
  console.log(`${page} shows other imports than src has: run npm run diagram`)
  process.exitCode = 1
}
