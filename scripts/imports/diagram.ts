import type { ImportGraph } from "./importGraph.ts"
import { floors, isBelow, type Room, roomOf } from "./rooms.ts"

/**
 * The rooms and who imports whom, as a Mermaid flowchart. An arrow that follows from others is left
 * out: where `cli` imports `app` and `app` imports `domain`, none is drawn from `cli` to `domain`.
 */
export const diagram = (graph: ImportGraph): string => {
  const imported = importsOfRooms(graph)
  const rooms = floors
    .flat()
    .toReversed()
    .filter((room) => imported.has(room))
  const below = new Map<Room, ReadonlySet<Room>>()
  const reached = (room: Room): ReadonlySet<Room> => {
    const direct = [...(imported.get(room) ?? [])]
    const known = below.get(room) ?? new Set(direct.flatMap((to) => [to, ...reached(to)]))
    below.set(room, known)
    return known
  }
  const arrows = rooms.flatMap((from) => {
    const direct = [...(imported.get(from) ?? [])]
    return direct
      .filter((to) => !direct.some((other) => other !== to && reached(other).has(to)))
      .map((to) => `  ${nodeOf(from)} --> ${nodeOf(to)}`)
      .sort()
  })
  const infra = rooms.filter(isInfra)
  return [
    "flowchart TD",
    ...rooms.filter((room) => !isInfra(room)).map((room) => `  ${nodeOf(room)}["${room.path}"]`),
    "  subgraph infra",
    ...infra.map((room) => `    ${nodeOf(room)}["${nodeOf(room)}"]`),
    "  end",
    ...arrows,
    "",
  ].join("\n")
}

const importsOfRooms = (graph: ImportGraph): ReadonlyMap<Room, ReadonlySet<Room>> => {
  const imported = new Map<Room, Set<Room>>()
  for (const [file, imports] of graph) {
    const room = roomOf(file)
    if (room === undefined) continue
    const others = imported.get(room) ?? new Set()
    imported.set(room, others)
    for (const { target } of imports) {
      const other = roomOf(target)
      if (other !== undefined && isBelow(other, room)) others.add(other)
    }
  }
  return imported
}

const isInfra = ({ path }: Room): boolean => path.startsWith("infra/")

const nodeOf = ({ path }: Room): string => path.replace("infra/", "").replace(".ts", "")
