import { serviceName } from "../../../domain/capture/service.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import { objectParser } from "../objectParser.ts"
import {
  nothing,
  type ParsedRecord,
  type ParserSettings,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import { isJsonObject, type JsonObject, type SourceRecord } from "../SourceRecord.ts"
import { dionaeaSecret } from "./dionaea.ts"

const parse =
  ({ zone }: ParserSettings) =>
  (incident: JsonObject, record: SourceRecord): ParsedRecord => {
    const { origin, data, timestamp } = incident
    if (origin === undefined) return rejected("missing-field")
    if (typeof origin !== "string") return rejected("wrong-type")
    if (!origin.endsWith(".login")) return nothing
    if (!isJsonObject(data) || !isJsonObject(data.connection)) return rejected("missing-field")
    const { connection } = data
    const service = typeof connection.protocol === "string" ? serviceName(connection.protocol) : ""
    if (service === "") return rejected("missing-field")
    const username = loggedText(data.username)
    const password = loggedText(data.password)
    if (username === undefined || password === undefined) return rejected("wrong-type")
    const observedAt = loggedTime(timestamp, zone)
    if (observedAt === undefined) return rejected(noTime(timestamp))
    return {
      captures: [
        {
          observedAt,
          sensor: null,
          service,
          attackerIp: loggedAddress(connection.remote_ip),
          sessionId:
            typeof connection.id === "string" && connection.id !== "" ? connection.id : null,
          principal: username === null ? null : record.textOf(username),
          secret: dionaeaSecret(record, service, password),
          outcome: null,
          fields: fieldsOf(connection),
        },
      ],
    }
  }

const fieldsOf = ({ remote_port, local_ip, local_port }: JsonObject): Record<string, string> => ({
  ...(typeof remote_port === "number" ? { sourcePort: String(remote_port) } : {}),
  ...(typeof local_ip === "string" ? { destinationIp: local_ip } : {}),
  ...(typeof local_port === "number" ? { destinationPort: String(local_port) } : {}),
})

const isIncident = (record: SourceRecord): boolean => {
  const incident = record.object
  if (typeof incident === "string" || typeof incident.origin !== "string") return false
  return incident.origin.startsWith("dionaea.") && isJsonObject(incident.data)
}

/**
 * Dionaea's other JSON log, `log_incident`: one incident a line, as it happens, of which the logins
 * (`dionaea.modules.python.mssql.login` and the like) are captures. `log_json` has the same attempts
 * with the time of their connection, and without its id: read one of the two.
 */
export const dionaeaIncident: SourceAdapter = {
  format: "dionaea-incident",
  isJson: true,
  zoneless: true,
  recognises: isIncident,
  parser: (settings) => objectParser(parse(settings)),
}
