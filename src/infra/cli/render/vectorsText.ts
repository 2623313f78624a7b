import type { Vectors } from "../../app/showVectors.ts"
import type { Neighbour } from "../../vectorstore/VectorStore.ts"
import { table } from "./table.ts"
import { visible } from "./visible.ts"
import { countText } from "./wording.ts"

/** The vector store for people. */
export const vectorsText = ({ health, kinds }: Vectors): string => {
  const place = health.location === null ? "" : `, ${visible(health.location)}`
  return [
    `store     ${health.backend}${place}`,
    `vectors   ${health.vectors}, of ${countText(health.kinds, "kind")}`,
    ...(health.fallback === null ? [] : [`fallback  ${visible(health.fallback)}`]),
    ...(health.problem === null ? [] : [`problem   ${visible(health.problem)}`]),
    ...(kinds.length === 0 ? [] : ["", kindsTable(kinds)]),
  ].join("\n")
}

const kindsTable = (kinds: Vectors["kinds"]): string =>
  table(
    [
      "KIND",
      "METRIC",
      { title: "DIMENSION", align: "right" },
      { title: "EXTRACTOR", align: "right" },
      { title: "VECTORS", align: "right" },
    ],
    kinds.flatMap(({ kind, metric, dimension, versions }) =>
      (versions.length === 0 ? [{ version: null, vectors: 0 }] : versions).map(
        ({ version, vectors }) => [
          kind,
          metric,
          String(dimension),
          String(version ?? ""),
          String(vectors),
        ],
      ),
    ),
  )

/** Neighbours for people. */
export const neighboursTable = (neighbours: ReadonlyArray<Neighbour>): string =>
  neighbours.length === 0
    ? "no vectors"
    : table(
        [{ title: "DISTANCE", align: "right" }, "ID"],
        neighbours.map(({ id, distance }) => [distance.toFixed(6), id]),
      )
