import type { AttackerList } from "../../../projections/queries/listAttackers.ts"
import { type Column, type ListView, table } from "./table.ts"
import { pageText, timeText } from "./wording.ts"

const columns: ReadonlyArray<Column> = [
  { title: "ATTACKER", flexible: true },
  { title: "FINDINGS", align: "right" },
  { title: "ATTEMPTS", align: "right" },
  { title: "LAST SEEN (UTC)" },
  { title: "FIRST SEEN (UTC)", dispensable: true },
  { title: "UUID", dispensable: true },
  { title: "UUID FROM", dispensable: true },
]

/** A page of attackers, one line each, and which part of how many it is. */
export const attackersTable = ({ total, attackers }: AttackerList, view: ListView): string => {
  if (total === 0) return "no attackers"
  const rows = attackers.map((attacker) => [
    attacker.ip,
    String(attacker.openFindings),
    String(attacker.attemptCount),
    timeText(attacker.lastSeen),
    timeText(attacker.firstSeen),
    attacker.uuid,
    uuidOrigin(attacker.identified),
  ])
  const page = pageText(view.offset, attackers.length, total)
  return `${table(columns, rows, view.width)}\n\n${page}`
}

/** Where an attacker's UUID comes from: somebody outside, or the address alone. */
export const uuidOrigin = (identified: boolean): string =>
  identified ? "identification" : "address"
