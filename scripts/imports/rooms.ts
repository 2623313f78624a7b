import type { ImportGraph } from "./importGraph.ts"

/** A folder below `src`, or a file of it. */
export interface Room {
  readonly path: string
  /** Packages it may import: exact names, or a prefix that ends with `*`. */
  readonly packages: ReadonlyArray<string>
}

const effect = ["effect/*", "node:*"]
const effectAndSqlite = [...effect, "better-sqlite3"]

/**
 * The floors of the house, from the ground up. A file imports from its own room and from the floors
 * below; rooms on one floor do not know each other. `effect` and `@effect/platform-node` as a whole
 * are in no list: their modules are imported one by one, which is faster to load.
 */
export const floors: ReadonlyArray<ReadonlyArray<Room>> = [
  [{ path: "version.ts", packages: [] }],
  [
    // Pure: no clock, no randomness, no input or output.
    {
      path: "domain",
      packages: [
        "effect/DateTime",
        "effect/Option",
        "effect/Result",
        "effect/Schema",
        "effect/schema/*",
        "node:crypto",
        "node:net",
        "node:zlib",
      ],
    },
  ],
  // SQL and domain: no runtime.
  [{ path: "projections", packages: ["better-sqlite3", "effect/Result", "effect/Schema"] }],
  // Life cycles only: the work is handed to them.
  [
    {
      path: "actors",
      packages: [
        "effect/Cause",
        "effect/Effect",
        "effect/Exit",
        "effect/Fiber",
        "effect/Scope",
        "effect/Semaphore",
        "effect/Stream",
        "effect/SubscriptionRef",
        "xstate",
      ],
    },
  ],
  [
    { path: "infra/sqlite", packages: effectAndSqlite },
    { path: "infra/processes", packages: effect },
  ],
  [
    { path: "infra/eventlog", packages: [...effectAndSqlite, "@eventstore/db-client"] },
    { path: "infra/vectorstore", packages: [...effectAndSqlite, "sqlite-vec"] },
    { path: "infra/sources", packages: effect },
  ],
  [{ path: "infra/secrets", packages: effectAndSqlite }],
  [
    {
      path: "infra/ingest",
      packages: [...effectAndSqlite, "unbzip2-stream", "xz-decompress", "yauzl"],
    },
    { path: "infra/readmodel", packages: effectAndSqlite },
  ],
  [{ path: "infra/app", packages: [...effectAndSqlite, "@eventstore/db-client"] }],
  [
    { path: "infra/cli", packages: effect },
    { path: "infra/http", packages: [...effect, "@effect/platform-node/*"] },
    { path: "infra/web", packages: effect },
  ],
  [{ path: "main.ts", packages: [...effect, "@effect/platform-node/*"] }],
]

/** The room a file belongs to, or undefined if it is in none. */
export const roomOf = (file: string): Room | undefined =>
  floors.flat().find(({ path }) => file === `src/${path}` || file.startsWith(`src/${path}/`))

/** Whether one room may import the other. */
export const isBelow = (lower: Room, upper: Room): boolean => floorOf(lower) < floorOf(upper)

const floorOf = (room: Room): number => floors.findIndex((rooms) => rooms.includes(room))

/** Every import of `src` that no room allows, as `file:line: reason`. */
export const wrongImports = (
  graph: ImportGraph,
  tolerated: ReadonlySet<string> = new Set(),
): ReadonlyArray<string> =>
  [...graph].flatMap(([file, imports]) => {
    if (!file.startsWith("src/")) return []
    const room = roomOf(file)
    if (room === undefined) return [`${file}: is in no room of scripts/imports/rooms.ts`]
    return imports.flatMap(({ target, isPackage, line }) => {
      const reason = isPackage ? refusedPackage(room, target) : refusedFile(room, target)
      return reason === undefined || tolerated.has(reason) ? [] : [`${file}:${line}: ${reason}`]
    })
  })

const refusedPackage = (room: Room, name: string): string | undefined =>
  room.packages.some((allowed) =>
    allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : name === allowed,
  )
    ? undefined
    : `${room.path} does not import ${name}`

const refusedFile = (room: Room, target: string): string | undefined => {
  const other = roomOf(target)
  if (other === undefined) {
    return room.path === "version.ts" && target === "package.json"
      ? undefined
      : `${room.path} does not import from outside of src`
  }
  return other === room || isBelow(other, room)
    ? undefined
    : `${room.path} does not import ${other.path}`
}
