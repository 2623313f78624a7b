import type { FindingTarget } from "../../../projections/queries/findingById.ts"
import { displayWidth, table } from "./table.ts"
import { visible } from "./visible.ts"

/**
 * Deckies down, services across: the attempts on each target, and a dot for a decky and a service
 * that were never seen together. Where the services do not fit beside one another they go into
 * several blocks.
 */
export const targetMatrix = (targets: ReadonlyArray<FindingTarget>, width?: number): string => {
  const deckies = distinct(targets.map(({ decky }) => decky))
  const services = distinct(targets.map(({ service }) => service))
  const counts = new Map(targets.map((target) => [cellName(target), target.attemptCount]))
  const attempts = (decky: string, service: string): string =>
    String(counts.get(cellName({ decky, service })) ?? ".")

  const deckyWidth = Math.max(...["DECKY", ...deckies].map(shownWidth))
  const blocks = inBlocks(
    services,
    (service) => Math.max(shownWidth(service), ...deckies.map((d) => attempts(d, service).length)),
    width === undefined ? Number.POSITIVE_INFINITY : width - deckyWidth,
  )
  return blocks
    .map((block) =>
      table(
        ["DECKY", ...block.map((service) => ({ title: service, align: "right" as const }))],
        deckies.map((decky) => [decky, ...block.map((service) => attempts(decky, service))]),
      ),
    )
    .join("\n\n")
}

const distinct = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(names)].sort()

const cellName = ({ decky, service }: { decky: string; service: string }): string =>
  JSON.stringify([decky, service])

const shownWidth = (text: string): number => displayWidth(visible(text))

/** As many services in each block as there is room for, but at least one. */
const inBlocks = (
  services: ReadonlyArray<string>,
  widthOf: (service: string) => number,
  room: number,
): ReadonlyArray<ReadonlyArray<string>> => {
  const blocks: Array<Array<string>> = []
  let taken = Number.POSITIVE_INFINITY
  for (const service of services) {
    taken += widthOf(service) + 2
    if (taken > room || blocks.length === 0) {
      blocks.push([])
      taken = widthOf(service) + 2
    }
    blocks.at(-1)?.push(service)
  }
  return blocks
}
