import { serviceName, unknownService } from "../../../domain/capture/service.ts"
import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
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

/** The event in a log line, or the line itself: what goes to RabbitMQ is the event alone. */
const eventOf = (object: JsonObject): JsonObject =>
  isJsonObject(object.event) ? object.event : object

const parse =
  ({ zone }: ParserSettings) =>
  (object: JsonObject, record: SourceRecord): ParsedRecord => {
    const event = eventOf(object)
    const user = loggedText(event.User)
    const password = loggedText(event.Password)
    if (user === undefined || password === undefined) return rejected("wrong-type")
    // What belongs to a session that has begun repeats the user and the password of its login.
    if (!password || (event.Status !== "Stateless" && event.Status !== undefined)) return nothing
    const time = event.DateTime ?? object.time
    const observedAt = loggedTime(time, zone)
    if (observedAt === undefined) return rejected(noTime(time))
    const service = typeof event.Protocol === "string" ? serviceName(event.Protocol) : ""
    return {
      captures: [
        {
          observedAt,
          sensor: null,
          service: service || unknownService,
          attackerIp: loggedAddress(event.SourceIp) ?? loggedAddress(event.RemoteAddr),
          sessionId: typeof event.ID === "string" && event.ID !== "" ? event.ID : null,
          principal: user === null ? null : record.textOf(user),
          secret: triedSecret(plaintext, record.bytesOf(password)),
          outcome: "failure",
          fields:
            typeof event.Client === "string" && event.Client !== ""
              ? { clientVersion: event.Client }
              : {},
        },
      ],
    }
  }

const isBeelzebub = (record: SourceRecord): boolean => {
  const { object } = record
  if (typeof object === "string") return false
  const { DateTime, RemoteAddr, Protocol, Status } = eventOf(object)
  return [DateTime, RemoteAddr, Protocol, Status].every((value) => typeof value === "string")
}

/**
 * beelzebub's log (a part of T-Pot): one event a line, of which attempts to log in are captures. Each
 * has an id of its own, which tells equal attempts in one second apart. It does not say which were let
 * in: they are taken for failed.
 */
export const beelzebub: SourceAdapter = {
  format: "beelzebub",
  isJson: true,
  zoneless: false,
  recognises: isBeelzebub,
  parser: (settings) => objectParser(parse(settings)),
}
