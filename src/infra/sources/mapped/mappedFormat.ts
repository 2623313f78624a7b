import type { Outcome } from "../../../domain/capture/capture.ts"
import { serviceName, unknownService } from "../../../domain/capture/service.ts"
import { plaintext, triedSecret } from "../../../domain/secret/secret.ts"
import { attemptRun } from "../equalAttempts.ts"
import { loggedAddress, loggedText, loggedTime, noTime } from "../loggedValue.ts"
import { objectParser } from "../objectParser.ts"
import {
  type CaptureDraft,
  otherRecord,
  type ParsedRecord,
  type ParserSettings,
  type RecordParser,
  rejected,
  type SourceAdapter,
} from "../SourceAdapter.ts"
import { isJsonObject, type JsonObject, type SourceRecord } from "../SourceRecord.ts"
import type { Mapping, Scalar } from "./Mapping.ts"

/**
 * Builds an adapter from a mapping. Each JSON record must describe an attempt completely. Equal
 * attempts at the same instant are numbered in log order.
 */
export const mappedFormat = (mapping: Mapping): SourceAdapter => ({
  format: mapping.name,
  isJson: true,
  zoneless: false,
  parserPerFile: true,
  recognises: recogniser(mapping),
  parser: parser(mapping),
})

const recogniser = (mapping: Mapping): ((record: SourceRecord) => boolean) => {
  const time = at(mapping.time)
  const others = [mapping.principal, mapping.secret, mapping.address].map(at)
  return ({ object }) =>
    typeof object !== "string" &&
    time(object) !== undefined &&
    others.some((value) => value(object) !== undefined)
}

const parser = (mapping: Mapping): ((settings: ParserSettings) => RecordParser) => {
  const isAttempt = Object.entries(mapping.attempts ?? {}).map(([path, values]) => {
    const value = at(path)
    return (object: JsonObject) => isAmong(value(object), values)
  })
  const { kind = plaintext } = mapping
  const time = at(mapping.time)
  const principal = at(mapping.principal)
  const secret = at(mapping.secret)
  const address = at(mapping.address)
  const session = at(mapping.session)
  const decky = at(mapping.decky)
  const outcomeOf = outcome(mapping.outcome)
  const serviceOf = service(mapping.service)
  const fields = Object.entries(mapping.fields ?? {}).map(
    ([name, path]) => [name, at(path)] as const,
  )

  return ({ zone }) => {
    const run = attemptRun()
    const parse = (object: JsonObject, record: SourceRecord): ParsedRecord => {
      if (!isAttempt.every((holds) => holds(object))) return otherRecord
      const user = loggedText(principal(object))
      const tried = loggedText(secret(object))
      if (user === undefined || tried === undefined) return rejected("wrong-type")
      if (user === null && tried === null) return otherRecord
      const observedAt = loggedTime(time(object), zone)
      if (observedAt === undefined) return rejected(noTime(time(object)))
      run.at(observedAt)
      const draft: CaptureDraft = {
        observedAt,
        sensor: loggedText(decky(object)) || null,
        service: serviceOf(object),
        attackerIp: loggedAddress(address(object)),
        sessionId: loggedText(session(object)) || null,
        principal: user === null ? null : record.textOf(user),
        secret: tried === null ? null : triedSecret(kind, record.bytesOf(tried)),
        outcome: outcomeOf(object),
        fields: Object.fromEntries(
          fields.flatMap(([name, value]) => {
            const text = loggedText(value(object))
            return text === undefined || text === null || text === "" ? [] : [[name, text]]
          }),
        ),
      }
      return { captures: [run.numbered(draft)] }
    }
    return { ...objectParser(parse), startFile: () => run.at("") }
  }
}

type Value = (object: JsonObject) => unknown

/** Reads the value at a path, if there is a path. A field name may itself contain dots. */
const at = (path: string | undefined): Value => {
  if (path === undefined) return () => undefined
  const names = path.split(".")
  return (object) => {
    if (names.length === 1 || path in object) return object[path]
    let value: unknown = object
    for (const name of names) value = isJsonObject(value) ? value[name] : undefined
    return value
  }
}

const isAmong = (value: unknown, values: Scalar | ReadonlyArray<Scalar>): boolean =>
  Array.isArray(values) ? values.includes(value) : values === value

const service = (said: Mapping["service"]): ((object: JsonObject) => string) => {
  if (said === undefined) return () => unknownService
  if (typeof said !== "string") {
    const name = serviceName(said.constant) || unknownService
    return () => name
  }
  const value = at(said)
  return (object) => serviceName(loggedText(value(object)) ?? "") || unknownService
}

const outcome = (said: Mapping["outcome"]): ((object: JsonObject) => Outcome | null) => {
  if (said === undefined) return () => null
  if (typeof said === "string") return () => said
  const value = at(said.field)
  return (object) => {
    const found = value(object)
    if (said.success !== undefined && isAmong(found, said.success)) return "success"
    return said.failure !== undefined && isAmong(found, said.failure) ? "failure" : null
  }
}
