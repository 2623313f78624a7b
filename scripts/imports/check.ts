// npm run imports: circles among imports, type imports included, and imports that the rooms of
// scripts/imports/rooms.ts do not allow.
import { join } from "node:path"
import { circles } from "./circles.ts"
import { readImportGraph } from "./importGraph.ts"
import { wrongImports } from "./rooms.ts"
import { toleratedCircles, toleratedDirections } from "./unfinished.ts"

const root = join(import.meta.dirname, "../..")
const graph = readImportGraph(root, ["src", "test", "bench", "evaluate", "sample", "scripts"])
const found = circles(graph)
const wrong = wrongImports(graph, toleratedDirections)

for (const circle of found) console.log(`circle: ${circle.join(" -> ")}`)
for (const line of wrong) console.log(line)
console.log(`${graph.size} files, ${found.length} circles, ${wrong.length} imports not allowed`)
if (found.length > toleratedCircles || wrong.length > 0) process.exitCode = 1
