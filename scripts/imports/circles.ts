import type { ImportGraph } from "./importGraph.ts"

/**
 * One shortest circle through every knot of files that import each other, type imports included:
 * `["a.ts", "b.ts", "a.ts"]`. Empty if imports go one way only.
 */
export const circles = (graph: ImportGraph): ReadonlyArray<ReadonlyArray<string>> =>
  knots(graph).map((knot) =>
    knot
      .map((file) => shortestWayBack(graph, file, new Set(knot)))
      .reduce((best, way) => (way.length < best.length ? way : best)),
  )

/** Strongly connected sets of files (Tarjan), and files that import themselves. */
const knots = (graph: ImportGraph): ReadonlyArray<ReadonlyArray<string>> => {
  const found: Array<ReadonlyArray<string>> = []
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: Array<string> = []
  const isOpen = new Set<string>()
  const low = (file: string) => lowest.get(file) ?? Number.POSITIVE_INFINITY

  const visit = (file: string): void => {
    order.set(file, order.size)
    lowest.set(file, order.size - 1)
    open.push(file)
    isOpen.add(file)
    for (const { target } of graph.get(file) ?? []) {
      if (!graph.has(target)) continue
      if (!order.has(target)) visit(target)
      if (isOpen.has(target)) lowest.set(file, Math.min(low(file), low(target)))
    }
    if (low(file) !== order.get(file)) return
    const knot = open.splice(open.indexOf(file))
    for (const member of knot) isOpen.delete(member)
    const importsItself = (graph.get(file) ?? []).some(({ target }) => target === file)
    if (knot.length > 1 || importsItself) found.push(knot.sort())
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found
}

const shortestWayBack = (
  graph: ImportGraph,
  start: string,
  within: ReadonlySet<string>,
): ReadonlyArray<string> => {
  const ways: Array<ReadonlyArray<string>> = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const { target } of graph.get(way.at(-1) ?? start) ?? []) {
      if (target === start) return [...way, start]
      if (!within.has(target) || seen.has(target)) continue
      seen.add(target)
      ways.push([...way, target])
    }
  }
  return [start]
}
