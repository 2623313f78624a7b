import type { CredentialList } from "../../../projections/queries/listCredentials.ts"
import { secretText, shortDigest } from "./secretText.ts"
import { type Column, type ListView, table } from "./table.ts"
import { jsonText } from "./visible.ts"
import { pageText, timeText } from "./wording.ts"

const columns: ReadonlyArray<Column> = [
  { title: "LAST SEEN (UTC)" },
  { title: "DECKY", flexible: true },
  { title: "SERVICE", flexible: true },
  { title: "ATTACKER", flexible: true },
  { title: "PRINCIPAL", flexible: true },
  { title: "SECRET", flexible: true },
  { title: "ATTEMPTS", align: "right" },
  { title: "FINDING" },
  { title: "DIGEST", dispensable: true },
  { title: "OUTCOME", dispensable: true },
  { title: "KIND", dispensable: true },
  { title: "FIRST SEEN (UTC)", dispensable: true },
]

/** A page of credentials, one line each, and which part of how many it is. */
export const credentialsTable = (
  { total, credentials }: CredentialList,
  view: ListView,
): string => {
  if (total === 0) return "no credentials"
  const rows = credentials.map((credential) => [
    timeText(credential.lastSeen),
    credential.decky,
    credential.service,
    credential.attackerIp ?? "(unknown)",
    credential.principal,
    secretText(credential.secret),
    String(credential.attemptCount),
    credential.findingId?.slice(0, 8) ?? "-",
    shortDigest(credential.secret?.digest ?? "-"),
    credential.outcome ?? "-",
    credential.secret?.kind ?? "-",
    timeText(credential.firstSeen),
  ])
  const page = pageText(view.offset, credentials.length, total)
  return `${table(columns, rows, view.width)}\n\n${page}`
}

/** The same as JSON. */
export const credentialsJson = (list: CredentialList): string => jsonText(list, 2)
